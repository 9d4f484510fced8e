import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { elementKeys } from '../object-changes.ts';

/** A value with a change taken back, and where something else was changed later. */
export interface TakenBack {
  readonly value: JsonValue | undefined;
  readonly conflicts: readonly string[];
}

/**
 * Takes the change from `before` to `after` back out of `present`, which may have changed since. Where the present is what
 * the change left, it becomes what was before; where it is something else again, that is a conflict: `force` decides it for
 * what was before, else the present stays.
 */
export function takenBack(
  states: {
    readonly before: JsonValue | undefined;
    readonly after: JsonValue | undefined;
    readonly present: JsonValue | undefined;
  },
  force: boolean,
  path = '',
): TakenBack {
  const { before, after, present } = states;
  if (same(before, after) || same(present, before)) return { value: present, conflicts: [] };
  if (same(present, after)) return { value: before, conflicts: [] };
  if (isJsonObject(present) && (isJsonObject(before) || isJsonObject(after))) {
    return membersTakenBack({ before: asObject(before), after: asObject(after), present }, force, path);
  }
  const lists = keyedLists(before, after, present);
  if (lists !== undefined) return elementsTakenBack(lists, force, path);
  return { value: force ? before : present, conflicts: [path] };
}

function membersTakenBack(
  { before, after, present }: { readonly before: JsonObject; readonly after: JsonObject; readonly present: JsonObject },
  force: boolean,
  path: string,
): TakenBack {
  const conflicts: string[] = [];
  const names = [...new Set([...Object.keys(present), ...Object.keys(before)])];
  const members = names.flatMap((name): readonly (readonly [string, JsonValue])[] => {
    const states = { before: before[name], after: after[name], present: present[name] };
    const taken = takenBack(states, force, path === '' ? name : `${path}.${name}`);
    conflicts.push(...taken.conflicts);
    return taken.value === undefined ? [] : [[name, taken.value]];
  });
  return { value: Object.fromEntries(members), conflicts };
}

interface KeyedLists {
  readonly before: ReadonlyMap<string, JsonValue>;
  readonly after: ReadonlyMap<string, JsonValue>;
  readonly present: ReadonlyMap<string, JsonValue>;
}

function elementsTakenBack({ before, after, present }: KeyedLists, force: boolean, path: string): TakenBack {
  const conflicts: string[] = [];
  const keys = [...new Set([...present.keys(), ...before.keys()])];
  const value = keys.flatMap((key) => {
    const states = { before: before.get(key), after: after.get(key), present: present.get(key) };
    const taken = takenBack(states, force, `${path}[${key}]`);
    conflicts.push(...taken.conflicts);
    return taken.value === undefined ? [] : [taken.value];
  });
  return { value, conflicts };
}

/** Three lists under the key that tells the elements of all of them apart; undefined when there is none. */
function keyedLists(...lists: readonly (JsonValue | undefined)[]): KeyedLists | undefined {
  const arrays = lists.map((list) =>
    list === undefined ? [] : Array.isArray(list) ? (list as readonly JsonValue[]) : undefined,
  );
  if (arrays.includes(undefined)) return undefined;
  const [before, after, present] = arrays as readonly (readonly JsonValue[])[];
  const keyed = elementKeys([before ?? [], after ?? [], present ?? []]);
  const [first, second, third] = keyed ?? [];
  return first === undefined || second === undefined || third === undefined
    ? undefined
    : { before: first, after: second, present: third };
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function same(a: JsonValue | undefined, b: JsonValue | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sorted(a) === sorted(b));
}

/** JSON with members in one order. */
function sorted(value: JsonValue): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    isJsonObject(member) ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1))) : member,
  );
}
