import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { jsonEqual } from '../json-walk.ts';
import { ownMember } from '../own-property.ts';
import { type FieldSet, FieldSetBuilder } from './field-set.ts';
import { itemsByElement, type ListShape, shapeOfItem } from './items.ts';
import { fieldElement } from './path-element.ts';
import { type Shape, shapeOfMember } from './shape.ts';

/** What changed between two objects. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** Compares two objects of a shape, field by field. */
export function compareObjects(before: JsonValue | undefined, after: JsonValue | undefined, shape: Shape): Comparison {
  const walk = new Comparing();
  walk.compare(before, after, shape, []);
  return { added: walk.added.build(), modified: walk.modified.build(), removed: walk.removed.build() };
}

class Comparing {
  readonly added = new FieldSetBuilder();
  readonly modified = new FieldSetBuilder();
  readonly removed = new FieldSetBuilder();

  compare(before: JsonValue | undefined, after: JsonValue | undefined, shape: Shape, path: string[]): void {
    if (before === after) return;
    if (before === undefined) {
      if (after !== undefined) this.added.graft(path, wholeOf(after, shape, path.at(-1)));
      return;
    }
    if (after === undefined) {
      this.removed.graft(path, wholeOf(before, shape, path.at(-1)));
      return;
    }
    if (isLeaf(before, shape) && isLeaf(after, shape)) {
      if (!jsonEqual(before, after)) this.modified.insert(path);
      return;
    }
    switch (shape.type) {
      case 'struct':
      case 'map':
        this.#members(isJsonObject(before) ? before : {}, isJsonObject(after) ? after : {}, shape, path);
        return;
      case 'set':
      case 'keyed':
        this.#items(Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], shape, path);
        return;
      case 'whole':
        return;
      default:
        shape satisfies never;
    }
  }

  #members(before: JsonObject, after: JsonObject, shape: Shape & { type: 'struct' | 'map' }, path: string[]): void {
    for (const name of Object.keys(after)) {
      this.#member(ownMember(before, name), after[name], name, shape, path);
    }
    for (const name of Object.keys(before)) {
      if (ownMember(after, name) === undefined) this.#member(before[name], undefined, name, shape, path);
    }
  }

  /** One path serves the whole walk: most members are the same on both sides and never need one of their own. */
  #member(
    before: JsonValue | undefined,
    after: JsonValue | undefined,
    name: string,
    shape: Shape & { type: 'struct' | 'map' },
    path: string[],
  ): void {
    if (before === after) return;
    path.push(fieldElement(name));
    this.compare(before, after, shapeOfMember(shape, name), path);
    path.pop();
  }

  #items(before: readonly JsonValue[], after: readonly JsonValue[], shape: ListShape, path: string[]): void {
    const old = itemsByElement(before, shape);
    const now = itemsByElement(after, shape);
    for (const element of new Set([...old.keys(), ...now.keys()])) {
      path.push(element);
      this.compare(old.get(element), now.get(element), shapeOfItem(shape), path);
      path.pop();
    }
  }
}

/** All of a value that is there on one side only, as it lies below `element`. */
export function wholeOf(value: JsonValue, shape: Shape, element: string | undefined): FieldSet {
  if (isLeaf(value, shape)) return LEAF;
  const isMember = isMemberOfItself(shape, element);
  const children = new Map<string, FieldSet>();
  if (shape.type === 'struct' || shape.type === 'map') {
    const object = value as JsonObject;
    for (const name of Object.keys(object)) {
      const member = object[name];
      if (member === undefined) continue;
      const below = fieldElement(name);
      children.set(below, wholeOf(member, shapeOfMember(shape, name), below));
    }
  } else if (shape.type === 'set' || shape.type === 'keyed') {
    for (const [below, item] of itemsByElement(value as readonly JsonValue[], shape)) {
      children.set(below, wholeOf(item, shapeOfItem(shape), below));
    }
  }
  return { isMember, children };
}

/** A map, a list or an item that is there or not is a fact of its own. A struct is only its fields. */
export function isMemberOfItself(shape: Shape, element: string | undefined): boolean {
  return shape.type !== 'struct' || element?.startsWith('k:') === true;
}

const LEAF: FieldSet = Object.freeze({ isMember: true, children: new Map() });

/** Whether a value has no parts that are owned on their own: also what is empty, or not of its shape. */
export function isLeaf(value: JsonValue | undefined, shape: Shape): boolean {
  if (value === undefined || shape.type === 'whole') return true;
  if (Array.isArray(value)) return value.length === 0 || shape.type === 'struct' || shape.type === 'map';
  if (!isJsonObject(value)) return true;
  return Object.keys(value).length === 0 || shape.type === 'set' || shape.type === 'keyed';
}
