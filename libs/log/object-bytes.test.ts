import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { encodeObject, keptCopy, spliceResourceVersion } from './object-bytes.ts';

test('stored bytes carry no resourceVersion and reading puts it in unparsed', () => {
  const stored = encodeObject({
    metadata: { name: 'a', resourceVersion: '7' },
    data: { k: 'v' },
    apiVersion: 'v1',
    kind: 'ConfigMap',
  });
  expect(stored.toString()).toBe('{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"k":"v"}}');
  expect(JSON.parse(spliceResourceVersion(stored, revision(2048)).toString())).toEqual({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { resourceVersion: '2048', name: 'a' },
    data: { k: 'v' },
  });
});

test('empty metadata splices to valid JSON', () => {
  const stored = encodeObject({ kind: 'X', apiVersion: 'v1', metadata: {} });
  expect(spliceResourceVersion(stored, revision(5)).toString()).toBe(
    '{"kind":"X","apiVersion":"v1","metadata":{"resourceVersion":"5"}}',
  );
});

test('bytes that are kept keep no other memory alive', () => {
  const stored = encodeObject({ kind: 'X', apiVersion: 'v1', metadata: { name: 'ünïcode' } });
  expect(stored.buffer.byteLength).toBe(stored.byteLength);
  expect(JSON.parse(stored.toString())).toMatchObject({ metadata: { name: 'ünïcode' } });
  const copy = keptCopy(Buffer.from('part of a slab').subarray(2, 6));
  expect(copy.buffer.byteLength).toBe(4);
  expect(copy.toString()).toBe('rt o');
});
