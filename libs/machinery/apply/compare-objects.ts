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
    if (before === undefined && after === undefined) return;
    if (isLeaf(before, shape) && isLeaf(after, shape)) {
      if (before === undefined) this.added.insert(path);
      else if (after === undefined) this.removed.insert(path);
      else if (!jsonEqual(before, after)) this.modified.insert(path);
      return;
    }
    // A map, a list or an item that is there or not is a fact of its own. A struct is only its fields.
    if (shape.type !== 'struct' || path.at(-1)?.startsWith('k:') === true) {
      if (before === undefined) this.added.insert(path);
      else if (after === undefined) this.removed.insert(path);
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

/** Whether a value has no parts that are owned on their own: also what is empty, or not of its shape. */
function isLeaf(value: JsonValue | undefined, shape: Shape): boolean {
  if (value === undefined || shape.type === 'whole') return true;
  if (Array.isArray(value)) return value.length === 0 || shape.type === 'struct' || shape.type === 'map';
  if (!isJsonObject(value)) return true;
  return Object.keys(value).length === 0 || shape.type === 'set' || shape.type === 'keyed';
}
