import { expect, test } from 'vitest';
import { allResources } from '@taffrail/resources/registry';
import { STORED_RESOURCES } from './stored-resources.ts';

test('the controllers know every resource the server keeps, in the version it is stored in', () => {
  const kept = allResources()
    .filter(
      ({ storage, conversion, verbs }) => storage !== 'window' && conversion === undefined && verbs.includes('list'),
    )
    .map(({ group, version, resource, kind, namespaced }) => `${group}/${version} ${resource} ${kind} ${namespaced}`);
  const known = STORED_RESOURCES.map(
    ({ resource: { group, version, resource }, kind, namespaced }) =>
      `${group}/${version} ${resource} ${kind} ${namespaced}`,
  );
  expect(known.toSorted()).toEqual(kept.toSorted());
});
