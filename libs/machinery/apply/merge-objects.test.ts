import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual } from '../json-walk.ts';
import { compareObjects } from './compare-objects.ts';
import { isEmptySet } from './field-set.ts';
import { mergeObjects } from './merge-objects.ts';
import { shapeOfType } from './shape.ts';

const pod = shapeOfType('io.k8s.api.core.v1.Pod');
const withContainers = (names: readonly string[]): JsonObject => ({
  spec: { containers: names.map((name) => ({ name })) },
});

function mergedNames(live: readonly string[], config: readonly string[]): readonly string[] {
  const merged = mergeObjects(withContainers(live), withContainers(config), pod) as {
    spec: { containers: { name: string }[] };
  };
  return merged.spec.containers.map(({ name }) => name);
}

describe('merged lists', () => {
  test.each<[string[], string[], string[]]>([
    [
      ['a', 'b'],
      ['b', 'a'],
      ['b', 'a'],
    ],
    [['a', 'b', 'c'], ['b'], ['a', 'b', 'c']],
    [['a', 'c'], ['b'], ['a', 'c', 'b']],
    [
      ['a', 'b'],
      ['x', 'b'],
      ['a', 'x', 'b'],
    ],
    [
      ['a', 'b', 'c', 'd'],
      ['d', 'b'],
      ['a', 'c', 'd', 'b'],
    ],
    [[], ['a'], ['a']],
    [['a'], [], ['a']],
  ])('%j with %j applied is %j', (live, config, expected) => {
    expect(mergedNames(live, config)).toEqual(expected);
  });

  test('hold every item once, and those of the configuration in its order', () => {
    const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'));
    fc.assert(
      fc.property(names, names, (live, config) => {
        const merged = mergedNames(live, config);
        expect(merged.toSorted()).toEqual([...new Set([...live, ...config])].toSorted());
        expect(merged.filter((name) => config.includes(name))).toEqual(config);
        const onlyLive = live.filter((name) => !config.includes(name));
        expect(merged.filter((name) => !config.includes(name))).toEqual(onlyLive);
        expect(mergedNames(merged, config)).toEqual(merged);
      }),
      { numRuns: 500 },
    );
  });
});

describe('comparison', () => {
  const items = fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b'), image: fc.constantFrom('1', '2') }), {
    selector: ({ name }) => name,
  });
  const object = fc.record({
    metadata: fc.record({ labels: fc.dictionary(fc.constantFrom('x', 'y'), fc.constantFrom('1', '2')) }),
    spec: fc.record({ containers: items, nodeName: fc.constantFrom('m', 'n') }),
  });

  test('finds a difference where there is one, and none where only the order differs', () => {
    fc.assert(
      fc.property(object, object, (before, after) => {
        const { added, modified, removed } = compareObjects(before, after, pod);
        const isSame = [added, modified, removed].every((set) => isEmptySet(set));
        const sorted = (one: typeof before): JsonValue => ({
          ...one,
          spec: { ...one.spec, containers: one.spec.containers.toSorted((a, b) => (a.name < b.name ? -1 : 1)) },
        });
        expect(isSame).toBe(jsonEqual(sorted(before), sorted(after)));
      }),
      { numRuns: 500 },
    );
  });
});
