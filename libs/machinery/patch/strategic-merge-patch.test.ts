import { cloneJson, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonEqual } from '../json-walk.ts';
import { isRejection } from '../rejection.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

function type(name: string, fields: Readonly<Record<string, PatchField>>): PatchSchema {
  return { name, field: (field) => (Object.hasOwn(fields, field) ? fields[field] : undefined) };
}
const mapOfText: PatchSchema = { name: 'map', field: () => ({}) };
const port = type('ContainerPort', { containerPort: {}, name: {}, protocol: {} });
const env = type('EnvVar', { name: {}, value: {} });
const container = type('Container', {
  name: {},
  image: {},
  args: {},
  ports: { strategy: 'merge', mergeKey: 'containerPort', type: port },
  env: { strategy: 'merge', mergeKey: 'name', type: env },
});
const strategy = type('DeploymentStrategy', {
  type: {},
  rollingUpdate: { type: type('RollingUpdate', { maxSurge: {} }) },
});
const thing = type('Thing', {
  finalizers: { strategy: 'merge' },
  labels: { type: mapOfText },
  selector: { strategy: 'replace', type: mapOfText },
  strategy: { type: strategy },
  containers: { strategy: 'merge', mergeKey: 'name', type: container },
  args: {},
  replicas: {},
});

function patched(document: JsonObject, patch: JsonValue): JsonObject {
  const result = applyStrategicMergePatch(document, patch, thing);
  if (isRejection(result)) throw new Error(result.message);
  return result.document;
}

const two: JsonObject = {
  containers: [
    { name: 'a', image: 'a:1', args: ['x'], env: [{ name: 'E', value: '1' }] },
    { name: 'b', image: 'b:1' },
  ],
};

describe('maps and scalars', () => {
  test.each<[string, JsonObject, JsonObject, JsonObject]>([
    ['merges maps', { labels: { a: '1' } }, { labels: { b: '2' } }, { labels: { a: '1', b: '2' } }],
    [
      'null removes',
      { labels: { a: '1', b: '2' }, replicas: 1 },
      { labels: { a: null }, replicas: null },
      { labels: { b: '2' } },
    ],
    ['null in something new is nothing', {}, { labels: { a: null, b: '2' } }, { labels: { b: '2' } }],
    [
      'a map that is to be replaced is not merged',
      { selector: { a: '1' } },
      { selector: { b: '2' } },
      { selector: { b: '2' } },
    ],
    ['lists are replaced unless their type merges them', { args: ['a'] }, { args: ['b'] }, { args: ['b'] }],
    ['another type takes the place of the old', { labels: { a: '1' } }, { labels: 'x' }, { labels: 'x' }],
    [
      '$patch: replace leaves nothing of a map',
      { labels: { a: '1' } },
      { labels: { $patch: 'replace', b: '2' } },
      { labels: { b: '2' } },
    ],
    ['$patch: delete empties a map', { labels: { a: '1' } }, { labels: { $patch: 'delete' } }, { labels: {} }],
    [
      'fields the type does not know are taken as they are',
      { replicas: 1 },
      { unknown: { a: 1 } },
      { replicas: 1, unknown: { a: 1 } },
    ],
  ])('%s', (_name, document, patch, expected) => {
    expect(patched(document, patch)).toEqual(expected);
  });

  test('$retainKeys clears every member it does not name', () => {
    const document = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } };
    const patch = { strategy: { $retainKeys: ['type'], type: 'Recreate' } };
    expect(patched(document, patch)).toEqual({ strategy: { type: 'Recreate' } });
  });
});

describe('merged lists', () => {
  test('items with the same key are merged and the others kept', () => {
    const result = patched(two, { containers: [{ name: 'b', image: 'b:2' }] });
    expect(result).toEqual({
      containers: [
        { name: 'a', image: 'a:1', args: ['x'], env: [{ name: 'E', value: '1' }] },
        { name: 'b', image: 'b:2' },
      ],
    });
  });

  test('new items go before items the patch does not name', () => {
    const result = patched(two, { containers: [{ name: 'c', image: 'c:1' }] });
    expect((result['containers'] as JsonObject[]).map((item) => item['name'])).toEqual(['c', 'a', 'b']);
  });

  test('merging goes down into lists in lists', () => {
    const result = patched(two, {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'F', value: '2' },
            { name: 'E', $patch: 'delete' },
          ],
        },
      ],
    });
    expect(result).toMatchObject({
      containers: [{ name: 'a', args: ['x'], env: [{ name: 'F', value: '2' }] }, { name: 'b' }],
    });
  });

  test('$patch: delete removes every item of that key', () => {
    const document = { containers: [{ name: 'a', image: '1' }, { name: 'b' }, { name: 'a', image: '2' }] };
    expect(patched(document, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      containers: [{ name: 'b' }],
    });
  });

  test('$patch: replace leaves only the items of the patch', () => {
    const result = patched(two, { containers: [{ $patch: 'replace' }, { name: 'c', image: 'c:1' }] });
    expect(result).toEqual({ containers: [{ name: 'c', image: 'c:1' }] });
    expect(patched(two, { containers: [{ $patch: 'replace' }] })).toEqual({ containers: [] });
  });

  test('$setElementOrder puts items in its order, the others where they stood', () => {
    const document = { containers: ['a', 'b', 'c', 'd'].map((name) => ({ name })) };
    const patch = {
      '$setElementOrder/containers': [{ name: 'd' }, { name: 'new' }, { name: 'b' }],
      containers: [{ name: 'new' }],
    };
    const names = (patched(document, patch)['containers'] as JsonObject[]).map((item) => item['name']);
    expect(names.filter((name) => ['d', 'new', 'b'].includes(name as string))).toEqual(['d', 'new', 'b']);
    expect(names.filter((name) => ['a', 'c'].includes(name as string))).toEqual(['a', 'c']);
  });

  test('$setElementOrder alone only reorders', () => {
    const patch = { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] };
    expect((patched(two, patch)['containers'] as JsonObject[]).map((item) => item['name'])).toEqual(['b', 'a']);
  });

  test('lists of scalars become the union, and $deleteFromPrimitiveList removes', () => {
    expect(patched({ finalizers: ['a', 'b'] }, { finalizers: ['c', 'a'] })).toEqual({ finalizers: ['c', 'a', 'b'] });
    expect(patched({ finalizers: ['a', 'b'] }, { '$deleteFromPrimitiveList/finalizers': ['a', 'z'] })).toEqual({
      finalizers: ['b'],
    });
    expect(patched({}, { '$deleteFromPrimitiveList/finalizers': ['a'] })).toEqual({});
    const both = {
      '$deleteFromPrimitiveList/finalizers': ['a'],
      '$setElementOrder/finalizers': ['c', 'b'],
      finalizers: ['c'],
    };
    expect(patched({ finalizers: ['a', 'b'] }, both)).toEqual({ finalizers: ['c', 'b'] });
  });

  test('directives in a list that is new do nothing and do not stay', () => {
    expect(patched({}, { containers: [{ name: 'a', $patch: 'delete' }, { name: 'b' }] })).toEqual({
      containers: [{ name: 'b' }],
    });
  });
});

describe('refusals', () => {
  test.each<[string, JsonValue, number, string]>([
    ['a patch that is no object', [], 400, 'invalid JSON document'],
    [
      'an unknown directive',
      { labels: { $patch: 'mend', a: 1 } },
      400,
      'unknown patch type: mend in map: map[$patch:mend a:1]',
    ],
    [
      '$patch: merge on an item',
      { containers: [{ name: 'a', $patch: 'merge' }] },
      400,
      'merging lists cannot yet be specified in the patch',
    ],
    [
      'an item without its key',
      { containers: [{ image: 'x' }] },
      400,
      'map: map[image:x] does not contain declared merge key: name',
    ],
    [
      'a delete without its key',
      { containers: [{ $patch: 'delete' }] },
      400,
      'map: map[$patch:delete] does not contain declared merge key: name',
    ],
    [
      '$retainKeys without a member the patch sets',
      { labels: { $retainKeys: ['a'], b: '1' } },
      400,
      'invalid patch format of retainKeys',
    ],
    ['$retainKeys that is no list', { labels: { $retainKeys: 'a' } }, 400, 'invalid patch format of retainKeys'],
    [
      'an order that is no list',
      { '$setElementOrder/containers': 'a' },
      400,
      'invalid patch format of setElementOrder list',
    ],
    ['an order of no list', { $setElementOrder: [] }, 400, 'invalid patch format of setElementOrder list'],
    [
      'a deletion from a list that is replaced',
      { '$deleteFromPrimitiveList/args': ['a'] },
      400,
      'invalid patch format of primitive list',
    ],
    [
      'a deletion from a list of maps',
      { '$deleteFromPrimitiveList/containers': ['a'] },
      400,
      'list element types are not identical: [[map[image:a name:a]] [a]]',
    ],
    ['a list of lists', { finalizers: [['a']] }, 422, 'the server rejected our request due to an error in our request'],
    ['mixed items', { finalizers: [1] }, 400, 'list element types are not identical: [[a] [1]]'],
  ])('%s', (_name, patch, code, message) => {
    const document = { labels: { a: '1' }, args: ['a'], finalizers: ['a'], containers: [{ name: 'a', image: 'a' }] };
    expect(applyStrategicMergePatch(document, patch, thing)).toMatchObject({ code, message });
  });

  test('an order that contradicts the patch', () => {
    const patch = { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a' }] };
    expect(applyStrategicMergePatch(two, patch, thing)).toMatchObject({
      code: 400,
      message: "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    });
  });
});

describe('laws', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const scalars = fc.uniqueArray(names, { maxLength: 3 });
  const texts = fc.dictionary(fc.constantFrom('x', 'y', '__proto__'), fc.constantFrom('1', '2'), { maxKeys: 3 });
  const items = (more: fc.Arbitrary<JsonObject>): fc.Arbitrary<JsonObject[]> =>
    fc
      .uniqueArray(fc.tuple(names, more), { maxLength: 4, selector: ([name]) => name })
      .map((pairs) => pairs.map(([name, rest]) => ({ name, ...rest })));
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined });
  const present = (record: object): JsonObject =>
    Object.fromEntries(Object.entries(record as JsonObject).filter(([, value]) => value !== undefined));
  const containers = items(
    fc
      .record({ image: maybe(names), args: maybe(scalars), env: maybe(items(fc.record({ value: names }))) })
      .map(present),
  );
  const things = fc
    .record({
      replicas: maybe(fc.nat()),
      labels: maybe(texts),
      selector: maybe(texts),
      args: maybe(scalars),
      finalizers: maybe(scalars),
      containers: maybe(containers),
    })
    .map(present);

  /** The patch a client would compute: only what differs, with directives for lists. */
  function between(from: JsonObject, to: JsonObject, schema: PatchSchema | undefined): JsonObject {
    const patch = new Map<string, JsonValue>();
    for (const name of Object.keys(from)) if (!Object.hasOwn(to, name)) patch.set(name, null);
    for (const [name, after] of Object.entries(to)) {
      const before = Object.hasOwn(from, name) ? from[name] : undefined;
      if (after === undefined || jsonEqual(before, after)) continue;
      const field = schema?.field(name) ?? {};
      if (Array.isArray(before) && Array.isArray(after) && field.strategy === 'merge') {
        if (after.length > 0)
          patch.set(
            `$setElementOrder/${name}`,
            field.mergeKey === undefined ? after : after.map((item: JsonObject) => ({ name: item['name'] as string })),
          );
        if (field.mergeKey === undefined) {
          patch.set(
            name,
            after.filter((item: JsonValue) => !before.includes(item)),
          );
          patch.set(
            `$deleteFromPrimitiveList/${name}`,
            before.filter((item: JsonValue) => !after.includes(item)),
          );
        } else {
          const old = new Map((before as JsonObject[]).map((item) => [item['name'], item]));
          const kept = new Set(after.map((item: JsonObject) => item['name']));
          patch.set(name, [
            ...after.map((item: JsonObject) => ({
              ...between(old.get(item['name']) ?? {}, item, field.type),
              name: item['name'] as string,
            })),
            ...(before as JsonObject[])
              .filter((item) => !kept.has(item['name']))
              .map((item) => ({ name: item['name'] as string, $patch: 'delete' })),
          ]);
        }
      } else if (
        typeof before === 'object' &&
        typeof after === 'object' &&
        !Array.isArray(after) &&
        field.strategy !== 'replace'
      ) {
        patch.set(name, between(before as JsonObject, after as JsonObject, field.type));
      } else {
        patch.set(name, after);
      }
    }
    return Object.fromEntries(patch);
  }

  test('the patch between two documents makes one of the other', () => {
    fc.assert(
      fc.property(things, things, (from, to) => {
        const result = patched(from, between(from, to, thing));
        expect(result).toEqual(to);
      }),
      { numRuns: 300 },
    );
  });

  test('a second time changes nothing, and inputs are never changed', () => {
    fc.assert(
      fc.property(things, things, (from, to) => {
        const patch = between(from, to, thing);
        const before = [cloneJson(from), cloneJson(patch)];
        const once = patched(from, patch);
        expect(jsonEqual(patched(once, patch), once)).toBe(true);
        expect(jsonEqual(from, before[0]) && jsonEqual(patch, before[1])).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a patch that is a document itself is merged without an error', () => {
    fc.assert(
      fc.property(things, things, (document, patch) => {
        const result = patched(document, patch);
        for (const [name, value] of Object.entries(patch)) {
          if (typeof value !== 'object') expect(result[name]).toEqual(value);
        }
      }),
    );
  });

  test('any JSON is either applied or refused, and nothing is polluted', () => {
    fc.assert(
      fc.property(things, fc.jsonValue(), (document, patch) => {
        applyStrategicMergePatch(document, patch, thing);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
    );
  });
});
