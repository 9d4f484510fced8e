import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { badRequest, RejectedRequest, type Rejection } from '../rejection.ts';
import { goText } from './go-text.ts';

/** Members of a strategic merge patch that say how to merge rather than what. */
export const PATCH = '$patch';
export const RETAIN_KEYS = '$retainKeys';
const SET_ELEMENT_ORDER = '$setElementOrder';
const DELETE_FROM_PRIMITIVE_LIST = '$deleteFromPrimitiveList';

/** Ends the merge with a rejection; caught where the patch is applied. */
export function refuse(rejection: Rejection): never {
  throw new RejectedRequest(rejection);
}

export function refuseFormat(directive: 'retainKeys' | 'primitive list' | 'setElementOrder list'): never {
  refuse(badRequest(`invalid patch format of ${directive}`));
}

export function refuseDirective(directive: JsonValue | undefined, patch: JsonObject): never {
  refuse(badRequest(`unknown patch type: ${goText(directive ?? null)} in map: ${goText(patch)}`));
}

/** A map's members, sorted by what they mean. */
export interface SplitPatch {
  /** Plain members: what to set, merge or, for null, remove. */
  readonly members: ReadonlyMap<string, JsonValue>;
  /** `$setElementOrder/<list>`. */
  readonly orders: ReadonlyMap<string, readonly JsonValue[]>;
  /** `$deleteFromPrimitiveList/<list>`. */
  readonly deletions: ReadonlyMap<string, readonly JsonValue[]>;
  /** `$retainKeys`. */
  readonly retained: ReadonlySet<JsonValue> | undefined;
}

/** Separates a patch's directives from its members. `$patch` is the caller's. */
export function splitPatch(patch: JsonObject): SplitPatch {
  const members = new Map<string, JsonValue>();
  const orders = new Map<string, readonly JsonValue[]>();
  const deletions = new Map<string, readonly JsonValue[]>();
  let retained: ReadonlySet<JsonValue> | undefined;
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (name === RETAIN_KEYS) {
      if (!Array.isArray(value)) refuseFormat('retainKeys');
      retained = new Set(value as readonly JsonValue[]);
    } else if (name.startsWith(SET_ELEMENT_ORDER)) {
      const list = listName(name, SET_ELEMENT_ORDER);
      if (list === undefined || !Array.isArray(value)) refuseFormat('setElementOrder list');
      orders.set(list, value as readonly JsonValue[]);
    } else if (name.startsWith(DELETE_FROM_PRIMITIVE_LIST)) {
      const list = listName(name, DELETE_FROM_PRIMITIVE_LIST);
      if (list === undefined || !Array.isArray(value)) refuseFormat('primitive list');
      deletions.set(list, value as readonly JsonValue[]);
    } else {
      members.set(name, value);
    }
  }
  return { members, orders, deletions, retained };
}

function listName(directive: string, prefix: string): string | undefined {
  return directive.startsWith(`${prefix}/`) ? directive.slice(prefix.length + 1) : undefined;
}

/** Whether a list's item is there to direct the merge, not to be an item. */
export function isDirectiveItem(item: JsonValue): boolean {
  return isJsonObject(item) && Object.hasOwn(item, PATCH);
}

/**
 * A patch's value where there is nothing to merge it into: what it sets, without nulls and directives,
 * which have nothing to remove or direct there.
 */
export function settled(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return value.filter((item: JsonValue) => !isDirectiveItem(item)).map((item: JsonValue) => settled(item));
  }
  if (!isJsonObject(value)) return value;
  const directive = Object.hasOwn(value, PATCH) ? value[PATCH] : undefined;
  if (directive === 'delete') return {};
  if (directive !== undefined && directive !== 'replace') refuseDirective(directive, value);
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) =>
      member === undefined || member === null || isDirectiveName(name) ? [] : [[name, settled(member)]],
    ),
  );
}

function isDirectiveName(name: string): boolean {
  return (
    name === PATCH ||
    name === RETAIN_KEYS ||
    name.startsWith(SET_ELEMENT_ORDER) ||
    name.startsWith(DELETE_FROM_PRIMITIVE_LIST)
  );
}
