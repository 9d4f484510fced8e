import { array, assert, constantFrom, dictionary, integer, jsonValue, oneof, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { metadataEnd } from './metadata-end.ts';
import { encodeObject, metadataOffset } from './object-bytes.ts';

const TRAPS = ['}', '{"', '\\', '\\"', '"}', '},"spec":{', 'metadata":{', 'ä€😀', '\u0000'];
const text = oneof(string({ unit: 'grapheme' }), constantFrom(...TRAPS));
const metadata = dictionary(
  text.filter((name) => name !== 'resourceVersion' && name !== '__proto__'),
  oneof(text, dictionary(text, text), array(dictionary(text, integer()))),
);

test('the end of metadata is found whatever its names and values hold', () => {
  assert(
    property(metadata, jsonValue(), (fields, rest) => {
      const bytes = encodeObject({ kind: 'K', apiVersion: 'v1', metadata: fields, rest });
      const inside = bytes.subarray(metadataOffset(bytes), metadataEnd(bytes)).toString();
      // As text: V8's JSON.parse takes one member's name for another's where both are written with backslashes.
      expect(`{${inside}}`).toBe(JSON.stringify(fields));
    }),
  );
});

test('bytes that break off within metadata are a bug', () => {
  const bytes = encodeObject({ kind: 'K', apiVersion: 'v1', metadata: { name: 'a', labels: { b: 'c' } } });
  expect(() => metadataEnd(bytes.subarray(0, -3))).toThrow('stored bytes are whole JSON');
});
