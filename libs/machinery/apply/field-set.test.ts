import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  differenceOf,
  type FieldSet,
  intersectionOf,
  isEmptySet,
  pathsOf,
  sameFields,
  setOf,
  unionOf,
} from './field-set.ts';
import { covers, decodeFields, encodeFields, meets } from './encoded-fields.ts';
import { pathText } from './path-element.ts';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"', 'v:1');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });

function texts(set: FieldSet): readonly string[] {
  return pathsOf(set)
    .map((one) => one.join('/'))
    .toSorted();
}

function unique(all: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(all.map((one) => one.join('/')))].toSorted();
}

describe('sets of fields', () => {
  test('are sets of paths', () => {
    fc.assert(
      fc.property(paths, paths, (left, right) => {
        const [a, b] = [setOf(...left), setOf(...right)];
        const [inA, inB] = [new Set(unique(left)), new Set(unique(right))];
        expect(texts(unionOf(a, b))).toEqual([...inA.union(inB)].toSorted());
        expect(texts(intersectionOf(a, b))).toEqual([...inA.intersection(inB)].toSorted());
        expect(texts(differenceOf(a, b))).toEqual([...inA.difference(inB)].toSorted());
        expect(isEmptySet(differenceOf(a, a))).toBe(true);
        expect(sameFields(a, b)).toBe(inA.symmetricDifference(inB).size === 0);
      }),
      { numRuns: 500 },
    );
  });

  test('come back from fieldsV1 as they were', () => {
    fc.assert(
      fc.property(paths, (all) => {
        const set = setOf(...all);
        expect(sameFields(decodeFields(encodeFields(set)), set)).toBe(true);
      }),
    );
  });

  test('can be held against what is written without being read', () => {
    fc.assert(
      fc.property(paths, paths, (written, asked) => {
        const [all, set] = [setOf(...written), setOf(...asked)];
        const encoded = encodeFields(all);
        expect(meets(encoded, set)).toBe(!isEmptySet(intersectionOf(all, set)));
        expect(covers(encoded, set)).toBe(isEmptySet(differenceOf(set, all)));
        expect(sameFields(decodeFields(encoded, 'in order'), all)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('are written in order, few elements and many', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 60 }), (names) => {
        const elements = names.map((name) => `f:${name}`);
        const encoded = encodeFields(setOf(...elements.map((one) => [one])));
        expect(Object.keys(encoded)).toEqual(elements.toSorted());
      }),
    );
  });

  test('a member with more below says so by a dot', () => {
    expect(encodeFields(setOf(['f:labels'], ['f:labels', 'f:app']))).toEqual({ 'f:labels': { '.': {}, 'f:app': {} } });
  });

  test('paths read as Kubernetes writes them', () => {
    expect(pathText(['f:spec', 'f:containers', 'k:{"name":"a"}', 'f:image'])).toBe('.spec.containers[name="a"].image');
    expect(pathText(['f:ports', 'k:{"containerPort":80,"protocol":"TCP"}'])).toBe(
      '.ports[containerPort=80,protocol="TCP"]',
    );
    expect(pathText(['f:finalizers', 'v:"x"'])).toBe('.finalizers[="x"]');
  });
});
