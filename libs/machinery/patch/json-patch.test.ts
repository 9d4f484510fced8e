import { limits } from '@taffrail/platform/limits';
import { cloneJson, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual } from '../json-walk.ts';
import { isRejection } from '../rejection.ts';
import { applyJsonPatch } from './json-patch.ts';

function patched(document: JsonObject, ...operations: JsonValue[]): JsonObject {
  const result = applyJsonPatch(document, operations);
  if (isRejection(result)) throw new Error(JSON.stringify(result));
  return result.document;
}

function refusal(document: JsonObject, ...operations: JsonValue[]): string | undefined {
  const result = applyJsonPatch(document, operations);
  if (!isRejection(result)) return undefined;
  expect(result).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(result.message).toBe('the server rejected our request due to an error in our request');
  return result.details?.causes?.[0]?.message;
}

describe('operations', () => {
  test.each<[string, JsonObject, JsonValue[], JsonObject]>([
    ['adds a member', { foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { foo: 'bar', baz: 'qux' }],
    ['adds over a member', { a: 1 }, [{ op: 'add', path: '/a', value: [2] }], { a: [2] }],
    ['inserts into a list', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    ['appends with an index one past the end', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
    ['appends with -', { a: [1] }, [{ op: 'add', path: '/a/-', value: [2] }], { a: [1, [2]] }],
    ['counts negative indexes from the end', { a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    ['adds null', { a: 1 }, [{ op: 'add', path: '/b', value: null }], { a: 1, b: null }],
    ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
    ['removes an item', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
    ['replaces a member', { a: 1 }, [{ op: 'replace', path: '/a', value: 2 }], { a: 2 }],
    ['replaces an item', { a: [1, 2] }, [{ op: 'replace', path: '/a/0', value: 9 }], { a: [9, 2] }],
    ['replace adds a missing member', { a: 1 }, [{ op: 'replace', path: '/b', value: 2 }], { a: 1, b: 2 }],
    ['replaces the whole document', { a: 1 }, [{ op: 'replace', path: '', value: { b: 2 } }], { b: 2 }],
    ['adds the whole document', { a: 1 }, [{ op: 'add', path: '', value: { b: 2 } }], { b: 2 }],
    ['moves a member', { a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    ['moves an item within its list', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
    ['moves a member onto itself', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
    ['copies a member', { a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
    [
      'unescapes names',
      { 'a/b': 1, 'm~n': 2 },
      [
        { op: 'remove', path: '/a~1b' },
        { op: 'remove', path: '/m~0n' },
      ],
      {},
    ],
    ['takes ~01 for ~1', { '~1': 1 }, [{ op: 'remove', path: '/~01' }], {}],
    ['knows the empty name', { '': 1 }, [{ op: 'replace', path: '/', value: 2 }], { '': 2 }],
    [
      'tests deeply, whatever the order',
      { a: { x: 1, y: [1] } },
      [{ op: 'test', path: '/a', value: { y: [1], x: 1 } }],
      { a: { x: 1, y: [1] } },
    ],
    ['tests the whole document', { a: 1 }, [{ op: 'test', path: '', value: { a: 1 } }], { a: 1 }],
    ['tests null against a missing member', { a: 1 }, [{ op: 'test', path: '/b', value: null }], { a: 1 }],
    ['ignores members it does not know', { a: 1 }, [{ op: 'add', path: '/b', value: 2, note: 'x' }], { a: 1, b: 2 }],
  ])('%s', (_name, document, operations, expected) => {
    expect(patched(document, ...operations)).toEqual(expected);
  });

  test('a copy and its source change separately', () => {
    const operations = [
      { op: 'add', path: '/a/x', value: 1 },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/y', value: 2 },
      { op: 'add', path: '/a/z', value: 3 },
    ];
    expect(patched({ a: {} }, ...operations)).toEqual({ a: { x: 1, z: 3 }, b: { x: 1, y: 2 } });
  });

  test('a value used by two operations stays as it was sent', () => {
    const value = { n: 1 };
    const operations: JsonValue = [
      { op: 'add', path: '/a', value },
      { op: 'add', path: '/a/n', value: 2 },
      { op: 'add', path: '/b', value },
    ];
    expect(patched({}, ...operations)).toEqual({ a: { n: 2 }, b: { n: 1 } });
    expect(value).toEqual({ n: 1 });
  });
});

describe('refusals', () => {
  test.each<[string, JsonObject, JsonValue, string]>([
    [
      'a parent that is missing',
      { a: 1 },
      { op: 'add', path: '/b/c', value: 1 },
      'add operation does not apply: doc is missing path: "/b/c": missing value',
    ],
    [
      'a parent that is a scalar',
      { a: 1 },
      { op: 'add', path: '/a/c', value: 1 },
      'add operation does not apply: doc is missing path: "/a/c": missing value',
    ],
    [
      'a path without its slash',
      { a: 1 },
      { op: 'add', path: 'a', value: 1 },
      'add operation does not apply: doc is missing path: "a": missing value',
    ],
    [
      'an index past the end',
      { a: [1] },
      { op: 'add', path: '/a/3', value: 1 },
      "error in add for path: '/a/3': Unable to access invalid index: 3: invalid index referenced",
    ],
    [
      'an index that is no number',
      { a: [1] },
      { op: 'add', path: '/a/x', value: 1 },
      'error in add for path: \'/a/x\': strconv.Atoi: parsing "x": invalid syntax',
    ],
    [
      'removing what is missing',
      { a: 1 },
      { op: 'remove', path: '/b' },
      "error in remove for path: '/b': Unable to remove nonexistent key: b: missing value",
    ],
    [
      'removing the whole document',
      { a: 1 },
      { op: 'remove', path: '' },
      'remove operation does not apply: doc is missing path: "": missing value',
    ],
    [
      'removing what every object inherits',
      { a: 1 },
      { op: 'remove', path: '/toString' },
      "error in remove for path: '/toString': Unable to remove nonexistent key: toString: missing value",
    ],
    [
      'replacing a missing item',
      { a: [] },
      { op: 'replace', path: '/a/0', value: 1 },
      'replace operation does not apply: doc is missing key: /a/0: missing value',
    ],
    ['a failed test', { a: 1 }, { op: 'test', path: '/a', value: 2 }, 'testing value /a failed: test failed'],
    [
      'a test of a missing member',
      { a: 1 },
      { op: 'test', path: '/b', value: 1 },
      'testing value /b failed: test failed',
    ],
    [
      'a test of 1 against "1"',
      { a: 1 },
      { op: 'test', path: '/a', value: '1' },
      'testing value /a failed: test failed',
    ],
    [
      'moving what is missing',
      { a: 1 },
      { op: 'move', from: '/b', path: '/c' },
      'move operation does not apply: doc is missing from path: /b: missing value',
    ],
    [
      'moving something into itself',
      { a: {} },
      { op: 'move', from: '/a', path: '/a/b' },
      'move operation does not apply: /a cannot be moved into itself',
    ],
    [
      'copying what is missing',
      { a: 1 },
      { op: 'copy', from: '/b', path: '/c' },
      'copy operation does not apply: doc is missing from path: /b: missing value',
    ],
    [
      'an operation without a path',
      { a: 1 },
      { op: 'add', value: 1 },
      'add operation failed to decode path: missing value',
    ],
    [
      'an operation without a value',
      { a: 1 },
      { op: 'add', path: '/b' },
      'add operation failed to decode value: missing value',
    ],
    ['an unknown operation', { a: 1 }, { op: 'merge', path: '/a' }, 'Unexpected kind: merge'],
    ['an operation without a name', { a: 1 }, { path: '/a' }, 'Unexpected kind: unknown'],
    [
      'a document that is no object any more',
      { a: 1 },
      { op: 'replace', path: '', value: [] },
      'the patched document is not an object',
    ],
  ])('%s', (_name, document, operation, why) => {
    expect(refusal(document, operation)).toBe(why);
  });

  test('something that is no patch is a bad request', () => {
    expect(applyJsonPatch({}, { op: 'add' })).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(applyJsonPatch({}, ['add'])).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('more operations than allowed are refused with 413', () => {
    const operations = Array.from({ length: limits.jsonPatchOperationsCount + 1 }, () => ({
      op: 'test',
      path: '/a',
      value: 1,
    }));
    expect(applyJsonPatch({ a: 1 }, operations)).toMatchObject({
      code: 413,
      message: 'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001',
    });
  });

  test('copies that double the document again and again are cut off', () => {
    const operations = Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' }));
    expect(refusal({ a: ['x'.repeat(100)] }, ...operations)).toContain('accumulated size increase of copy');
  });

  test('a document that grew too deep is refused', () => {
    const operations = Array.from({ length: 20 }, () => [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'move', from: '/a', path: '/c' },
      { op: 'add', path: '/a', value: {} },
      { op: 'move', from: '/c', path: '/a/x' },
    ]).flat();
    const deep = { a: JSON.parse('{"n":'.repeat(500) + '1' + '}'.repeat(500)) as JsonValue };
    expect(refusal(deep, ...operations)).toContain('too deep');
  });
});

describe('laws', () => {
  const document = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

  test('neither the document nor the patch is ever changed', () => {
    const pointer = fc
      .array(fc.constantFrom('a', 'b', '0', '1', '-', '__proto__'), { maxLength: 3 })
      .map((parts) => parts.map((part) => `/${part}`).join(''));
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue(),
    });
    const small = fc.record({ a: fc.jsonValue(), b: fc.array(fc.jsonValue()) });
    fc.assert(
      fc.property(small, fc.array(operation, { maxLength: 8 }), (original, operations) => {
        const before = [cloneJson(original), cloneJson(operations)];
        const result = applyJsonPatch(original, operations);
        expect(jsonEqual(original as JsonObject, before[0])).toBe(true);
        expect(jsonEqual(operations as JsonValue, before[1])).toBe(true);
        expect(isRejection(result) || typeof result.document === 'object').toBe(true);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 500 },
    );
  });

  test('replacing member by member gives the target', () => {
    fc.assert(
      fc.property(document, document, (from, to) => {
        const escape = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        const operations = [
          ...Object.keys(from).map((name) => ({ op: 'remove', path: escape(name) })),
          ...Object.entries(to).map(([name, value]) => ({ op: 'add', path: escape(name), value: value ?? null })),
        ];
        expect(jsonEqual(patched(from, ...operations), to)).toBe(true);
      }),
    );
  });

  test('__proto__ is a name like any other', () => {
    const result = patched({ data: {} }, { op: 'add', path: '/data/__proto__', value: { polluted: true } });
    expect(JSON.stringify(result)).toBe('{"data":{"__proto__":{"polluted":true}}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(refusal({ data: {} }, { op: 'add', path: '/__proto__/polluted', value: true })).toContain('missing path');
  });
});
