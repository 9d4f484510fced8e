import { isDeepStrictEqual } from 'node:util';
import { cloneJson, isJsonObject, type JsonValue } from '@taffrail/resources/json';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual, sharing } from './json-walk.ts';

const names = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor');
/** Small values of few names, so that two of them have parts in common. */
const { json } = fc.letrec<{ json: JsonValue }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<JsonValue[]>(null, false, 0, 1, '', 'x'),
    fc.array(tie('json'), { maxLength: 3 }),
    fc
      .uniqueArray(fc.tuple(names, tie('json')), { maxLength: 4, selector: ([name]) => name })
      .map((members) => Object.fromEntries(members)),
  ),
}));

/** Parts of two values that are equal and not the same, by their paths. */
function unshared(left: JsonValue | undefined, right: JsonValue | undefined, path = ''): readonly string[] {
  if (left === right || typeof left !== 'object' || typeof right !== 'object') return [];
  if (isDeepStrictEqual(left, right)) return [path];
  if (Array.isArray(left) && Array.isArray(right)) {
    return (left as JsonValue[]).flatMap((item, at) => unshared(item, right[at] as JsonValue, `${path}/${at}`));
  }
  if (!isJsonObject(left) || !isJsonObject(right)) return [];
  return Object.keys(left).flatMap((name) =>
    Object.hasOwn(right, name) ? unshared(left[name], right[name], `${path}/${name}`) : [],
  );
}

function frozen(value: JsonValue): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member as JsonValue);
  return Object.freeze(value);
}

describe('JSON', () => {
  test('is equal whatever the order of members, an undefined one being absent', () => {
    expect(jsonEqual({ a: 1, b: [{ c: null }] }, { b: [{ c: null }], a: 1 })).toBe(true);
    expect(jsonEqual({ a: 1, b: undefined }, { a: 1, c: undefined })).toBe(true);
    expect(jsonEqual({ a: undefined, b: 1 }, { a: 1, b: 1 })).toBe(false);
    expect(jsonEqual({ a: 1, b: 1 }, { a: 1 })).toBe(false);
    expect(jsonEqual([], {})).toBe(false);
    fc.assert(
      fc.property(json, json, (left, right) => {
        expect(jsonEqual(left, right)).toBe(isDeepStrictEqual(left, right));
        expect(jsonEqual(left, cloneJson(left))).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  test('takes equal parts from another value, and stays what it was', () => {
    fc.assert(
      fc.property(json, json, (value, other) => {
        const shared = sharing(cloneJson(value), frozen(other));
        expect(shared).toEqual(value);
        expect(unshared(shared, other)).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('that differs in one part shares all others', () => {
    const other = frozen({ spec: { containers: [{ name: 'a' }, { name: 'b' }] }, status: { phase: 'Pending' } });
    const value = {
      spec: { containers: [{ name: 'a' }, { name: 'c' }] },
      status: { phase: 'Pending', gone: undefined },
    };
    const shared = sharing(value, other) as typeof value;
    expect(shared).not.toBe(other);
    expect(shared.status).toBe((other as typeof value).status);
    expect(shared.spec.containers[0]).toBe((other as typeof value).spec.containers[0]);
    expect(shared.spec.containers[1]).toEqual({ name: 'c' });
  });
});
