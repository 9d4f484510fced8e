import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { cloneJson, isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { isRejection } from '../rejection.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

const schemaOf = (name: string, fields: Readonly<Record<string, PatchField>>): PatchSchema => ({
  name,
  field: (field) => fields[field],
});
const variable = schemaOf('Variable', { name: {}, value: {} });
const item = schemaOf('Item', {
  name: {},
  image: {},
  args: {},
  env: { strategy: 'merge', mergeKey: 'name', type: variable },
});
const rollout = schemaOf('Rollout', { type: {}, surge: {}, wait: {} });
const root = schemaOf('Root', {
  replicas: {},
  tags: { strategy: 'merge' },
  rollout: { type: rollout },
  picked: { strategy: 'replace', type: rollout },
  items: { strategy: 'merge', mergeKey: 'name', type: item },
});

/*
 * The model: what a patch means, member by member, where the place of an item in a list does not matter. A list that is
 * merged is a set of its items; where an order is asked for it is looked at on its own.
 */

type Model = JsonObject;

function modelOf(document: JsonObject | undefined, patch: JsonObject, schema: PatchSchema | undefined): Model {
  if (patch['$patch'] === 'delete') return {};
  if (patch['$patch'] === 'replace' || document === undefined) return modelOf({}, without(patch, '$patch'), schema);
  const result = new Map<string, JsonValue>(Object.entries(document) as [string, JsonValue][]);
  const retained = patch['$retainKeys'] as readonly string[] | undefined;
  for (const name of result.keys()) if (retained?.includes(name) === false) result.delete(name);
  for (const [name, value] of Object.entries(patch)) {
    const [directive = '', list = ''] = name.split('/');
    if (directive === '$deleteFromPrimitiveList' && result.has(list)) {
      const gone = value as readonly JsonValue[];
      result.set(
        list,
        (result.get(list) as readonly JsonValue[]).filter((one) => !gone.includes(one)),
      );
    }
  }
  for (const [name, value] of Object.entries(patch)) {
    if (name.startsWith('$') || value === undefined) continue;
    const field = schema?.field(name) ?? {};
    const before = result.get(name);
    if (value === null) result.delete(name);
    else if (Array.isArray(value) && field.strategy === 'merge') result.set(name, union(before, value, field));
    else if (!isJsonObject(value) || field.strategy === 'replace') result.set(name, value);
    else result.set(name, modelOf(isJsonObject(before) ? before : undefined, value, field.type));
  }
  return Object.fromEntries(result);
}

function union(before: JsonValue | undefined, patch: readonly JsonValue[], field: PatchField): readonly JsonValue[] {
  const old = (before ?? []) as readonly JsonValue[];
  if (field.mergeKey === undefined) return [...new Set([...old, ...patch])];
  const items = patch as readonly JsonObject[];
  const plain = items.filter((one) => one['$patch'] === undefined);
  const replaces = items.some((one) => one['$patch'] === 'replace');
  const byName = new Map((replaces ? [] : (old as readonly JsonObject[])).map((one) => [one['name'], one]));
  for (const one of items) if (one['$patch'] === 'delete') byName.delete(one['name']);
  for (const one of plain) byName.set(one['name'], modelOf(byName.get(one['name']), one, field.type));
  return [...byName.values()];
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => member !== name));
}

/** A document whose merged lists stand in the order of their keys, for comparing. */
function unordered(value: JsonValue | undefined, field: PatchField): JsonValue {
  if (Array.isArray(value) && field.strategy === 'merge') {
    const nameOf = (one: JsonValue): string => JSON.stringify(isJsonObject(one) ? one['name'] : one);
    return value
      .map((one: JsonValue) => unordered(one, field.type === undefined ? {} : { type: field.type }))
      .toSorted((left, right) => nameOf(left).localeCompare(nameOf(right)));
  }
  if (!isJsonObject(value)) return value ?? null;
  const members = Object.entries(value).map(([name, one]) => [name, unordered(one, field.type?.field(name) ?? {})]);
  return Object.fromEntries(members) as JsonObject;
}

const names = fc.constantFrom('a', 'b', 'c', 'd');
const texts = fc.constantFrom('1', '2', '3');
const sets = fc.uniqueArray(names, { maxLength: 4 });
const optional = { requiredKeys: [] };
const keyed = <T extends object>(more: fc.Arbitrary<T>): fc.Arbitrary<readonly JsonObject[]> =>
  fc
    .uniqueArray(fc.tuple(names, more), { maxLength: 4, selector: ([name]) => name })
    .map((pairs) => pairs.map(([name, rest]) => ({ name, ...rest })));

const rollouts = fc.record({ type: texts, surge: texts, wait: texts }, optional);
const documents = fc.record(
  {
    replicas: texts,
    tags: sets,
    rollout: rollouts,
    picked: rollouts,
    items: keyed(fc.record({ image: texts, args: sets, env: keyed(fc.record({ value: texts }, optional)) }, optional)),
  },
  optional,
) as fc.Arbitrary<JsonObject>;

const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { freq: 4 });

/** A merged list's patch: items to merge and to delete, and perhaps that nothing else is to be left. */
const directed = (plain: fc.Arbitrary<readonly JsonObject[]>): fc.Arbitrary<readonly JsonObject[]> =>
  fc
    .tuple(plain, fc.uniqueArray(names, { maxLength: 2 }), fc.integer({ min: 0, max: 5 }))
    .map(([items, gone, dice]) => [
      ...(dice === 0 ? [{ $patch: 'replace' }] : []),
      ...items.filter(({ name }) => !gone.includes(name as 'a')),
      ...gone.map((name) => ({ name, $patch: 'delete' })),
    ]);

const mapPatches = fc
  .tuple(
    fc.record({ type: orNull(texts), surge: orNull(texts), wait: orNull(texts) }, optional),
    fc.constantFrom('merge', 'retain', 'replace', 'delete'),
    fc.subarray(['type', 'surge', 'wait']),
  )
  .map(([members, how, more]): JsonObject => {
    const set = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null)) as JsonObject;
    if (how === 'retain') return { $retainKeys: [...new Set([...Object.keys(members), ...more])], ...members };
    if (how === 'replace') return { $patch: 'replace', ...set };
    return how === 'delete' ? { $patch: 'delete' } : members;
  });

const patches = fc
  .record(
    {
      replicas: orNull(texts),
      tags: sets,
      '$deleteFromPrimitiveList/tags': sets,
      rollout: fc.oneof(mapPatches, fc.constant(null)),
      picked: orNull(rollouts),
      items: directed(
        keyed(
          fc.record(
            {
              image: orNull(texts),
              args: orNull(sets),
              env: directed(keyed(fc.record({ value: orNull(texts) }, optional))),
            },
            optional,
          ),
        ),
      ),
    },
    optional,
  )
  .map((patch) => {
    // What is added and taken away at once is added: clients never send that, and no rule says which comes first.
    const gone = patch['$deleteFromPrimitiveList/tags'];
    if (gone === undefined || patch.tags === undefined) return patch;
    return {
      ...patch,
      '$deleteFromPrimitiveList/tags': gone.filter((one) => !patch.tags?.includes(one)),
    };
  });

function patched(document: JsonObject, patch: JsonObject): JsonObject {
  const result = applyStrategicMergePatch(document, patch, root);
  if (isRejection(result)) throw new Error(result.message);
  return result.document;
}

test('every directive does what an independent model says of it', () => {
  fc.assert(
    fc.property(documents, patches, (document, patch) => {
      const result = patched(cloneJson(document) as JsonObject, patch);
      const expected = modelOf(document, patch, root);
      expect(unordered(result, { type: root })).toEqual(unordered(expected, { type: root }));
    }),
    { numRuns: 3_000 },
  );
});

test('$setElementOrder changes the order and nothing else, and what it names stands in its order', () => {
  fc.assert(
    fc.property(documents, patches, fc.shuffledSubarray(['a', 'b', 'c', 'd']), (document, patch, shuffled) => {
      const plain = (patch['items'] ?? []).filter((one) => one['$patch'] === undefined);
      const order = [
        ...shuffled,
        ...plain.map(({ name }) => name as string).filter((name) => !shuffled.includes(name)),
      ];
      const sorted = plain.toSorted(
        (left, right) => order.indexOf(left['name'] as string) - order.indexOf(right['name'] as string),
      );
      const directives = (patch['items'] ?? []).filter((one) => one['$patch'] !== undefined);
      const ordered = {
        ...patch,
        items: [...directives, ...sorted],
        '$setElementOrder/items': order.map((name) => ({ name })),
      };
      const result = patched(document, ordered);
      const same = patched(document, { ...patch, items: [...directives, ...sorted] });
      expect(unordered(result, { type: root })).toEqual(unordered(same, { type: root }));
      const found = ((result['items'] ?? []) as readonly JsonObject[]).map(({ name }) => name as string);
      const named = found.filter((name) => order.includes(name));
      expect(named).toEqual(order.filter((name) => named.includes(name)));
    }),
    { numRuns: 2_000 },
  );
});
