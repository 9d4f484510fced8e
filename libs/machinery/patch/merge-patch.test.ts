import { cloneJson, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual } from '../json-walk.ts';
import { isRejection } from '../rejection.ts';
import { applyMergePatch, mergePatchBetween } from './merge-patch.ts';

function patched(document: JsonObject, patch: JsonValue): JsonObject {
  const result = applyMergePatch(document, patch);
  if (isRejection(result)) throw new Error(result.message);
  return result.document;
}

describe('merge patch', () => {
  test.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
    [{ a: 'foo' }, { a: { b: null, c: 1 } }, { a: { c: 1 } }],
    [{ a: 1 }, { a: [null, { b: null }] }, { a: [null, { b: null }] }],
  ])('%j with %j is %j', (document, patch, expected) => {
    expect(patched(document, patch)).toEqual(expected);
  });

  test.each<JsonValue>([[], null, 'x', 1])('%j is no merge patch of an object', (patch) => {
    expect(applyMergePatch({ a: 1 }, patch)).toMatchObject({ code: 400, message: 'Invalid JSON Patch' });
  });

  const withoutNulls = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.string(),
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 3 }),
      tie('object'),
    ),
    object: fc.dictionary(fc.constantFrom('a', 'b', 'c', '__proto__', 'toString'), tie('value'), { maxKeys: 4 }),
  })).object;
  const any = fc.dictionary(fc.string(), fc.jsonValue()) as fc.Arbitrary<JsonObject>;

  test('the patch between two documents makes one of the other', () => {
    fc.assert(
      fc.property(withoutNulls, withoutNulls, (from, to) => {
        expect(jsonEqual(patched(from, mergePatchBetween(from, to)), to)).toBe(true);
        expect(mergePatchBetween(to, to)).toEqual({});
      }),
    );
  });

  test('a second time changes nothing, and inputs are never changed', () => {
    fc.assert(
      fc.property(any, any, (document, patch) => {
        const before = [cloneJson(document), cloneJson(patch)];
        const once = patched(document, patch);
        expect(jsonEqual(patched(once, patch), once)).toBe(true);
        expect(jsonEqual(document, before[0]) && jsonEqual(patch, before[1])).toBe(true);
      }),
    );
  });

  test('__proto__ is a name like any other', () => {
    const patch = JSON.parse('{"data":{"__proto__":{"polluted":"yes"}}}') as JsonObject;
    expect(JSON.stringify(patched({ data: {} }, patch))).toBe('{"data":{"__proto__":{"polluted":"yes"}}}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
