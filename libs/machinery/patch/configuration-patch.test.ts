import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { isRejection } from '../rejection.ts';
import { configurationPatch } from './configuration-patch.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import { patchSchemaOf } from './type-patch-schema.ts';

const schema = patchSchemaOf('io.k8s.api.apps.v1.Deployment');

/** What becomes of a live object when a configuration takes the place of the one before. */
function applied(live: JsonObject, before: JsonObject, given: JsonObject): JsonObject {
  if (schema === undefined) throw new Error('no schema');
  const result = applyStrategicMergePatch(live, configurationPatch(before, given, schema), schema);
  if (isRejection(result)) throw new Error(result.message);
  return result.document;
}

const withContainers = (...containers: readonly JsonObject[]): JsonObject => ({
  spec: { template: { spec: { containers } } },
});

test('what only the earlier configuration set is taken away, what others set stays', () => {
  const live = { metadata: { labels: { ours: '1', theirs: '2' }, annotations: { a: '1' } }, spec: { replicas: 5 } };
  const before = { metadata: { labels: { ours: '1' }, annotations: { a: '1' } }, spec: { paused: true } };
  expect(applied(live, before, { metadata: { labels: { ours: '3' } } })).toEqual({
    metadata: { labels: { ours: '3', theirs: '2' } },
  });
});

test('lists with a key are merged item by item: dropped ones go, injected ones stay', () => {
  const live = withContainers(
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }], imagePullPolicy: 'Always' },
    { name: 'b', image: 'b:1' },
    { name: 'injected', image: 'i:1' },
  );
  const before = withContainers(
    { name: 'a', image: 'a:1', env: [{ name: 'X', value: '1' }] },
    { name: 'b', image: 'b:1' },
  );
  const given = withContainers({ name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }] });
  expect(applied(live, before, given)).toEqual(
    withContainers(
      { name: 'a', image: 'a:2', env: [{ name: 'Y', value: '2' }], imagePullPolicy: 'Always' },
      { name: 'injected', image: 'i:1' },
    ),
  );
});

test('lists of scalars lose what was dropped and keep what others added', () => {
  const live = { metadata: { finalizers: ['ours', 'theirs'] } };
  const before = { metadata: { finalizers: ['ours'] } };
  expect(applied(live, before, { metadata: { finalizers: ['new'] } })).toEqual({
    metadata: { finalizers: expect.toSatisfy((list: string[]) => list.toSorted().join() === 'new,theirs') as unknown },
  });
});

test('of a union nothing stays that the server defaulted beside it', () => {
  const live = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%' } } } };
  expect(applied(live, {}, { spec: { strategy: { type: 'Recreate' } } })).toEqual({
    spec: { strategy: { type: 'Recreate' } },
  });
});

test('without a type lists are replaced whole', () => {
  expect(configurationPatch({ a: [1], b: 1 }, { a: [2], c: { d: 1 } }, undefined)).toEqual({
    a: [2],
    b: null,
    c: { d: 1 },
  });
});
