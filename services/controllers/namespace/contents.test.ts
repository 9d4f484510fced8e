import { expect, test } from 'vitest';
import { allResources } from '@taffrail/resources/registry';
import { NAMESPACE_CONTENTS } from './contents.ts';

test('a namespace is emptied of every namespaced resource the server stores', () => {
  const stored = allResources().filter(
    ({ namespaced, storage, conversion, verbs }) =>
      namespaced && storage !== 'window' && conversion === undefined && verbs.includes('deletecollection'),
  );
  const text = ({ group, version, resource }: (typeof NAMESPACE_CONTENTS)[number]): string =>
    `${group}/${version} ${resource}`;
  expect(NAMESPACE_CONTENTS.map(text).sort()).toEqual(stored.map(text).sort());
});
