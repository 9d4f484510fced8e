import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { type FieldSet, NO_FIELDS } from './field-set.ts';

/*
 * `fieldsV1`: a field set as objects carry it. A member without anything below is an empty object; one with more says so
 * by a dot.
 */

const DOT = '.';

/** Most of a set is leaves, and all of them are written alike. */
const LEAF: JsonObject = Object.freeze({});

/** A set as `fieldsV1` holds it, its elements in order. */
export function encodeFields(set: FieldSet): JsonObject {
  if (set.children.size === 0) return LEAF;
  const encoded: Record<string, JsonObject> = {};
  if (set.isMember) encoded[DOT] = LEAF;
  for (const element of inOrder([...set.children.keys()])) {
    encoded[element] = encodeFields(set.children.get(element) ?? NO_FIELDS);
  }
  return encoded;
}

/** How the keys of items stand in `fieldsV1`: as we write them, or in any order and spacing. */
export type KeyOrder = 'in order' | 'any order';

/** A set from `fieldsV1`. */
export function decodeFields(encoded: JsonObject, keys: KeyOrder = 'any order'): FieldSet {
  return { isMember: false, children: childrenOf(encoded, keys) };
}

/** Whether a set has a member that is one of `encoded` as well. Reads along the set, however much else there is. */
export function meets(encoded: JsonObject, set: FieldSet): boolean {
  for (const [element, child] of set.children) {
    const below = belowOf(encoded, element);
    if (below === undefined) continue;
    if ((child.isMember && isMember(below)) || meets(below, child)) return true;
  }
  return false;
}

/** Whether every member of a set is one of `encoded`. */
export function covers(encoded: JsonObject, set: FieldSet): boolean {
  for (const [element, child] of set.children) {
    const below = belowOf(encoded, element);
    if (below === undefined || (child.isMember && !isMember(below)) || !covers(below, child)) return false;
  }
  return true;
}

function belowOf(encoded: JsonObject, element: string): JsonObject | undefined {
  const below = Object.hasOwn(encoded, element) ? encoded[element] : undefined;
  return isJsonObject(below) ? below : undefined;
}

function isMember(encoded: JsonObject): boolean {
  return Object.hasOwn(encoded, DOT) || Object.keys(encoded).length === 0;
}

function childrenOf(encoded: JsonObject, keys: KeyOrder): ReadonlyMap<string, FieldSet> {
  const children = new Map<string, FieldSet>();
  for (const element of Object.keys(encoded)) {
    const below = encoded[element];
    if (element === DOT || !isJsonObject(below) || !/^[fkvi]:/.test(element)) continue;
    const name = keys === 'in order' ? element : normalized(element);
    children.set(name, { isMember: isMember(below), children: childrenOf(below, keys) });
  }
  return children;
}

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

/** More elements than this are left to the general sort. */
const FEW_ELEMENTS = 32;

/** Sorts in place. Most nodes have a few elements, for which this is done before the general sort has begun. */
function inOrder(elements: string[]): readonly string[] {
  if (elements.length > FEW_ELEMENTS) return elements.sort();
  for (let at = 1; at < elements.length; at++) {
    const element = elements[at] ?? '';
    let to = at;
    for (let before = elements[to - 1]; before !== undefined && before > element; before = elements[to - 1]) {
      elements[to--] = before;
    }
    elements[to] = element;
  }
  return elements;
}
