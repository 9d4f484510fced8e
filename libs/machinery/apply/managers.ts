import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { ManagedFieldsEntry } from '@taffrail/resources/generated/types';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { type FieldSet, isEmptySet, NO_FIELDS, sameFields } from './field-set.ts';

/** Who owns which fields. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; '' when it was never said. */
  readonly time: string;
  readonly fields: FieldSet;
  /** `fieldsV1` that was read. */
  readonly encoded?: Encoded;
}

/** Managers by their identity. */
export type Managers = ReadonlyMap<string, Manager>;

/** What makes two entries the same manager. An applier stays the same when it applies another version. */
export function managerId(manager: Omit<Manager, 'fields' | 'time'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return JSON.stringify([manager.operation, manager.name, manager.subresource, version]);
}

/** Reads `metadata.managedFields`. Entries that make no sense are left out, as Kubernetes starts anew then. */
export function decodeManagers(managedFields: unknown): Managers {
  const managers = new Map<string, Manager>();
  if (!Array.isArray(managedFields)) return managers;
  for (const entry of managedFields as readonly JsonValue[]) {
    if (!isJsonObject(entry) || entry['fieldsType'] !== 'FieldsV1' || !isJsonObject(entry['fieldsV1'])) continue;
    const { operation, fieldsV1 } = entry;
    const encoded: Encoded = fieldsV1;
    if (operation !== 'Apply' && operation !== 'Update') continue;
    const manager: Manager = {
      name: text(entry['manager']),
      operation,
      apiVersion: text(entry['apiVersion']),
      subresource: text(entry['subresource']),
      time: text(entry['time']),
      fields: encoded[SET] ?? decodeFields(encoded),
      encoded,
    };
    managers.set(managerId(manager), manager);
  }
  return managers;
}

/** Writes `metadata.managedFields`: appliers first, then by time and name. Managers without fields are left out. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  const order = ({ operation, time, name, apiVersion, subresource }: Manager): string =>
    JSON.stringify([operation, time, name, apiVersion, subresource]);
  return [...managers.values()]
    .filter(({ fields }) => !isEmptySet(fields))
    .toSorted((left, right) => (order(left) < order(right) ? -1 : 1))
    .map((manager) => ({
      manager: manager.name,
      operation: manager.operation,
      apiVersion: manager.apiVersion,
      ...(manager.time === '' ? {} : { time: manager.time }),
      fieldsType: 'FieldsV1',
      fieldsV1: encodedOf(manager),
      ...(manager.subresource === '' ? {} : { subresource: manager.subresource }),
    }));
}

/** Managers with the time of the one that acted, if that changed what it owns. */
export function stamped(managers: Managers, before: Managers, actor: string, nowMs: number): Managers {
  const manager = managers.get(actor);
  if (manager === undefined) return managers;
  const old = before.get(actor);
  const isSame = old !== undefined && old.apiVersion === manager.apiVersion && sameFields(old.fields, manager.fields);
  return new Map(managers).set(actor, isSame ? old : { ...manager, time: rfc3339Seconds(nowMs) });
}

/*
 * Most managers own after a change what they owned before it, and the next change reads what this one wrote. So what was
 * written here carries the set it was written from, for as long as it is not read from bytes again. Neither is ever changed.
 */
const SET = Symbol('field set');

interface Encoded extends JsonObject {
  readonly [SET]?: FieldSet;
}

function encodedOf({ fields, encoded }: Manager): JsonObject {
  if (encoded !== undefined && encoded[SET] === fields) return encoded;
  if (fields.children.size === 0) return LEAF;
  // Not enumerable: no copy, comparison or text of the object has it.
  return Object.defineProperty(encodeFields(fields), SET, { value: fields });
}

/** A set as `fieldsV1` holds it. */
export function encodeFields(set: FieldSet): JsonObject {
  if (set.children.size === 0) return LEAF;
  const encoded: Record<string, JsonObject> = {};
  // A member without anything below is an empty object; one with more says so by a dot.
  if (set.isMember) encoded['.'] = LEAF;
  for (const element of [...set.children.keys()].sort()) {
    encoded[element] = encodeFields(set.children.get(element) ?? NO_FIELDS);
  }
  return encoded;
}

/** Most of a set is leaves, and all of them are written alike. */
const LEAF: JsonObject = Object.freeze({});

/** A set from `fieldsV1`. */
export function decodeFields(encoded: JsonObject): FieldSet {
  return { isMember: false, children: childrenOf(encoded) };
}

function childrenOf(encoded: JsonObject): ReadonlyMap<string, FieldSet> {
  const children = new Map<string, FieldSet>();
  for (const [element, below] of Object.entries(encoded)) {
    if (element === '.' || !isJsonObject(below) || !/^[fkvi]:/.test(element)) continue;
    const isMember = Object.hasOwn(below, '.') || Object.keys(below).length === 0;
    children.set(normalized(element), { isMember, children: childrenOf(below) });
  }
  return children;
}

/** Keys come in any order and spacing; ours are sorted. */
function normalized(element: string): string {
  if (!element.startsWith('k:')) return element;
  try {
    const key = JSON.parse(element.slice(2)) as JsonObject;
    const members = Object.entries(key).toSorted(([left], [right]) => (left < right ? -1 : 1));
    return `k:${JSON.stringify(Object.fromEntries(members))}`;
  } catch {
    // Not written by anyone who follows the format: it names no item, and is kept as it is.
    return element;
  }
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
