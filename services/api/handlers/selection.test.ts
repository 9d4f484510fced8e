import { expect, test } from 'vitest';
import { configMaps, storedConfigMap } from '../testing/objects.ts';
import { isSelected, selectionOf } from './selection.ts';
import { isRejection } from '@taffrail/machinery/rejection';

function names(query: string): readonly string[] {
  const selection = selectionOf(configMaps(), new URLSearchParams(query));
  if (isRejection(selection)) return [String(selection.code)];
  return [storedConfigMap('a', 1024, { app: 'x' }), storedConfigMap('b', 2048)]
    .filter((object) => isSelected(selection, object))
    .map((object) => object.key.name);
}

test.each([
  ['', ['a', 'b']],
  ['labelSelector=app', ['a']],
  ['labelSelector=!app', ['b']],
  ['fieldSelector=metadata.name=b', ['b']],
  ['fieldSelector=metadata.name!=b,metadata.namespace=ns', ['a']],
  ['fieldSelector=metadata.namespace=other', []],
  ['labelSelector=app=x&fieldSelector=metadata.name=b', []],
  ['fieldSelector=data.i=1', ['400']],
  ['labelSelector=a b c', ['400']],
])('%s selects %j', (query, expected) => {
  expect(names(query)).toEqual(expected);
});
