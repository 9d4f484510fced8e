import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { ManagedFieldsEntry } from '@taffrail/resources/generated/types';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { covers, decodeFields, encodeFields, meets } from './encoded-fields.ts';
import { differenceOf, type FieldSet, intersectionOf, isEmptySet, NO_FIELDS, sameFields } from './field-set.ts';

/** Who owns which fields. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339; '' when it was never said. */
  readonly time: string;
  readonly fields: FieldSet;
}

/** Managers by their identity. */
export type Managers = ReadonlyMap<string, Manager>;

/** What makes two entries the same manager. An applier stays the same when it applies another version. */
export function managerId(manager: Omit<Manager, 'fields' | 'time'>): string {
  const version = manager.operation === 'Apply' ? '' : manager.apiVersion;
  return JSON.stringify([manager.operation, manager.name, manager.subresource, version]);
}

/** Reads `metadata.managedFields` that a client wrote. Entries that make no sense are left out, as Kubernetes starts anew then. */
export function decodeManagers(managedFields: unknown): Managers {
  return managersOf(managedFields, (head, encoded) => ({ ...head, fields: decodeFields(encoded, 'any order') }));
}

/** Reads `metadata.managedFields` as they were stored: written here, and with that in order. */
export function storedManagers(managedFields: unknown): Managers {
  return managersOf(managedFields, (head, encoded) => new StoredManager(head, encoded));
}

type Head = Omit<Manager, 'fields'>;

function managersOf(managedFields: unknown, make: (head: Head, encoded: JsonObject) => Manager): Managers {
  const managers = new Map<string, Manager>();
  if (!Array.isArray(managedFields)) return managers;
  for (const entry of managedFields as readonly JsonValue[]) {
    if (!isJsonObject(entry) || entry['fieldsType'] !== 'FieldsV1' || !isJsonObject(entry['fieldsV1'])) continue;
    const { operation, fieldsV1 } = entry;
    if (operation !== 'Apply' && operation !== 'Update') continue;
    const head: Head = {
      name: text(entry['manager']),
      operation,
      apiVersion: text(entry['apiVersion']),
      subresource: text(entry['subresource']),
      time: text(entry['time']),
    };
    managers.set(managerId(head), make(head, fieldsV1));
  }
  return managers;
}

/**
 * A manager as it is stored. Most changes leave most managers alone, which can be told from what is written: the set is
 * made of it only for who has to change it.
 */
class StoredManager implements Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly encoded: JsonObject;
  #fields: FieldSet | undefined;

  constructor({ name, operation, apiVersion, subresource, time }: Head, encoded: JsonObject) {
    this.name = name;
    this.operation = operation;
    this.apiVersion = apiVersion;
    this.subresource = subresource;
    this.time = time;
    this.encoded = encoded;
  }

  get fields(): FieldSet {
    return (this.#fields ??= decodeFields(this.encoded, 'in order'));
  }
}

/** Whether a manager owns `changed` already, and nothing of `gone`: what it owns is the same after such a change. */
export function ownsAlready(manager: Manager, changed: FieldSet, gone: readonly FieldSet[]): boolean {
  if (!(manager instanceof StoredManager)) return false;
  return covers(manager.encoded, changed) && !gone.some((set) => meets(manager.encoded, set));
}

/** What a manager owns of a set. */
export function fieldsIn(manager: Manager, set: FieldSet): FieldSet {
  if (manager instanceof StoredManager && !meets(manager.encoded, set)) return NO_FIELDS;
  return intersectionOf(manager.fields, set);
}

/** A manager without some fields: the very same when it has none of them, undefined when it has no others. */
export function withoutFields(manager: Manager, gone: FieldSet): Manager | undefined {
  if (manager instanceof StoredManager && !meets(manager.encoded, gone)) return manager;
  const { name, operation, apiVersion, subresource, time } = manager;
  const fields = differenceOf(manager.fields, gone);
  if (fields === manager.fields) return manager;
  return isEmptySet(fields) ? undefined : { name, operation, apiVersion, subresource, time, fields };
}

/** Writes `metadata.managedFields`: appliers first, then by time and name. Managers without fields are left out. */
export function encodeManagers(managers: Managers): readonly ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter(hasFields)
    .toSorted(inOrder)
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
  if (manager === old) return managers;
  const isSame = old !== undefined && old.apiVersion === manager.apiVersion && sameFields(old.fields, manager.fields);
  return new Map(managers).set(actor, isSame ? old : { ...manager, time: rfc3339Seconds(nowMs) });
}

/** Whether a manager owns anything. */
export function hasFields(manager: Manager): boolean {
  if (manager instanceof StoredManager) return Object.keys(manager.encoded).length > 0;
  return !isEmptySet(manager.fields);
}

function encodedOf(manager: Manager): JsonObject {
  return manager instanceof StoredManager ? manager.encoded : encodeFields(manager.fields);
}

const ORDER = ['operation', 'time', 'name', 'apiVersion', 'subresource'] as const;

function inOrder(left: Manager, right: Manager): number {
  for (const name of ORDER) if (left[name] !== right[name]) return left[name] < right[name] ? -1 : 1;
  return 0;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
