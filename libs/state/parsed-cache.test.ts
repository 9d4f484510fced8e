import { expect, test } from 'vitest';
import { revision, uid } from '@taffrail/platform/brand';
import { encodeObject } from '@taffrail/log/object-bytes';
import { LiveObject } from './live-object.ts';
import { ParsedCache } from './parsed-cache.ts';

function given(name: string, cache: ParsedCache): LiveObject {
  const stored = encodeObject({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name },
    data: { k: 'v'.repeat(100) },
  });
  const key = { group: '', resource: 'configmaps', namespace: 'default', name };
  const at = revision(1_024);
  const index = { labels: {}, fields: {}, owners: [], deleting: false, claims: [], timeMs: 0 };
  return new LiveObject({ key, uid: uid(name), revision: at, createdRevision: at, stored, ...index }, cache);
}

test('what was parsed is shared while it is kept, the oldest goes first, and what went is parsed again', () => {
  const cache = new ParsedCache(2_000);
  const first = given('first', cache);
  const parsed = first.contents();
  expect(first.contents()).toBe(parsed);
  for (let at = 0; at < 100; at++) given(`later-${at}`, cache).contents();
  expect(cache.bytes).toBeLessThanOrEqual(2_000);
  expect(first.contents()).not.toBe(parsed);
  expect(first.contents()).toEqual(parsed);
});

test('an object larger than the cache is kept until the next one', () => {
  const cache = new ParsedCache(1);
  const large = given('large', cache);
  const parsed = large.contents();
  expect(large.contents()).toBe(parsed);
  const next = given('next', cache);
  next.contents();
  expect(large.contents()).not.toBe(parsed);
});

test('neither a glance nor a body is kept', () => {
  const cache = new ParsedCache(2_000);
  const object = given('a', cache);
  expect(object.glance()).not.toBe(object.glance());
  expect(object.body()).not.toBe(object.body());
  expect(JSON.parse(object.body().toString())).toEqual(object.object());
  expect(cache.bytes).toBe(object.stored.byteLength * 4);
});
