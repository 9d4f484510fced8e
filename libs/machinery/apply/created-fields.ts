import { limits } from '@taffrail/platform/limits';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { isLeaf, isMemberOfItself, wholeOf } from './compare-objects.ts';
import { encodeFields } from './encoded-fields.ts';
import { differenceOf, type FieldSet } from './field-set.ts';
import { itemsByElement, shapeOfItem } from './items.ts';
import { fieldElement } from './path-element.ts';
import { type Shape, shapeOfMember } from './shape.ts';
import { UNOWNED } from './unowned-fields.ts';

/*
 * Who creates an object owns all of it, and creators create one like another: the pods of a workload differ in values, not
 * in fields. So an object is held against the fields of the last one first, and most of the time those are its own.
 */

interface Created {
  readonly whole: FieldSet;
  /** What is owned of it, as `fieldsV1`. */
  readonly owned: JsonObject;
}

const last = new Map<string, Created>();

/** What a manager owns of an object it creates, as `fieldsV1`. */
export function createdFields(object: JsonObject, shape: Shape, typeName: string, manager: string): JsonObject {
  const key = `${typeName} ${manager}`;
  const known = last.get(key);
  if (known !== undefined && isWhole(object, shape, undefined, known.whole)) return known.owned;
  const whole = wholeOf(object, shape, undefined);
  const owned = encodeFields(differenceOf(whole, UNOWNED));
  if (last.size >= limits.createdFieldsCount) last.clear();
  last.set(key, { whole, owned });
  return owned;
}

/** Whether a set is all of a value: what `wholeOf` would make of it. */
function isWhole(value: JsonValue, shape: Shape, element: string | undefined, set: FieldSet): boolean {
  const { isMember, children } = set;
  if (isLeaf(value, shape)) return isMember && children.size === 0;
  if (isMember !== isMemberOfItself(shape, element)) return false;
  let count = 0;
  if (shape.type === 'struct' || shape.type === 'map') {
    const object = value as JsonObject;
    for (const name of Object.keys(object)) {
      const member = object[name];
      if (member === undefined) continue;
      const below = fieldElement(name);
      const child = children.get(below);
      if (child === undefined || !isWhole(member, shapeOfMember(shape, name), below, child)) return false;
      count++;
    }
  } else if (shape.type === 'set' || shape.type === 'keyed') {
    for (const [below, item] of itemsByElement(value as readonly JsonValue[], shape)) {
      const child = children.get(below);
      if (child === undefined || !isWhole(item, shapeOfItem(shape), below, child)) return false;
      count++;
    }
  }
  return count === children.size;
}
