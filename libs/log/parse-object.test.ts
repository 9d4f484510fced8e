import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeObject } from './object-bytes.ts';
import { parseObject } from './parse-object.ts';

/** Texts that look like JSON within JSON. */
const text = fc.oneof(
  fc.string(),
  fc.constantFrom('"managedFields":[{"fieldsV1":{}}]', '\\', '\\"', '}', ']', '{"fieldsV1":{', 'ü🚢'),
);
/** Without backslashes: V8's JSON.parse takes a name for another one that has them, and here it is what we are held against. */
const name = text.filter((one) => !one.includes('\\'));
const element = fc.oneof(
  fc.constantFrom('f:a', '.', 'k:{"name":"x"}', 'v:"}"'),
  name.map((one) => `f:${one}`),
);
const { fields } = fc.letrec<{ fields: Record<string, unknown> }>((tie) => ({
  fields: fc.oneof(
    { depthSize: 'small' },
    fc.constant({}),
    fc
      .uniqueArray(fc.tuple(element, tie('fields')), { maxLength: 3, selector: ([name]) => name })
      .map((members) => Object.fromEntries(members)),
  ),
}));
const manager = fc.oneof(
  fc.record(
    { manager: text, fieldsType: fc.constant('FieldsV1'), fieldsV1: fields, subresource: text },
    { requiredKeys: [] },
  ),
  fc.record({ manager: text, fieldsV1: fc.constantFrom(null, 1, 'x', []) }),
);
const object = fc.record(
  {
    kind: fc.constant('ConfigMap'),
    apiVersion: fc.constant('v1'),
    metadata: fc.record(
      {
        annotations: fc.dictionary(name, text),
        managedFields: fc.array(manager, { maxLength: 3 }),
        generation: fc.nat(),
      },
      { requiredKeys: [] },
    ),
    data: fc.jsonValue().filter((value) => !JSON.stringify(value).includes('\\\\')),
    template: fc.record({ metadata: fc.record({ managedFields: fc.array(manager, { maxLength: 2 }) }) }),
  },
  { requiredKeys: ['kind', 'apiVersion', 'metadata'] },
);

describe('stored objects', () => {
  test('are read as JSON reads them, whatever they hold', () => {
    fc.assert(
      fc.property(object, (given) => {
        const stored = encodeObject(given);
        expect(JSON.parse(stored.toString())).toEqual(JSON.parse(JSON.stringify(given)));
        const parsed = parseObject(stored);
        expect(JSON.stringify(parsed)).toBe(JSON.stringify(JSON.parse(stored.toString())));
        expect(encodeObject(parsed)).toEqual(stored);
        // As earlier builds wrote them: members in any order.
        expect(parseObject(Buffer.from(JSON.stringify(given)))).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: 500 },
    );
  });

  test('whose managers own the same share it', () => {
    const managedFields = [{ manager: 'm', fieldsV1: { 'f:data': { 'f:a': {} } } }];
    const [one, two] = ['one', 'two'].map((name) =>
      parseObject(encodeObject({ kind: 'ConfigMap', apiVersion: 'v1', metadata: { name, managedFields } })),
    );
    const fieldsOf = (parsed: typeof one): unknown =>
      (parsed?.metadata.managedFields as typeof managedFields | undefined)?.[0]?.fieldsV1;
    expect(fieldsOf(one)).toEqual({ 'f:data': { 'f:a': {} } });
    expect(fieldsOf(one)).toBe(fieldsOf(two));
  });

  test('keep the order of a manager that Kubernetes gives it', () => {
    const entry = '{"manager":"m","fieldsType":"FieldsV1","fieldsV1":{"f:data":{}},"subresource":"status"}';
    const bytes = Buffer.from(`{"kind":"A","apiVersion":"v1","metadata":{"name":"a","managedFields":[${entry}]}}`);
    expect(encodeObject(parseObject(bytes)).equals(bytes)).toBe(true);
  });

  test('that are cut off are no objects', () => {
    const stored = encodeObject({
      kind: 'A',
      apiVersion: 'v1',
      metadata: { managedFields: [{ fieldsV1: { 'f:a': {} } }] },
    });
    for (let length = 0; length < stored.length; length++) {
      expect(() => parseObject(stored.subarray(0, length))).toThrow(SyntaxError);
    }
  });
});
