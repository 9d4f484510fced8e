import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import { keyElement, valueElement } from './path-element.ts';
import { type Shape, shapeOfValue } from './shape.ts';

export type ListShape = Extract<Shape, { readonly type: 'set' | 'keyed' }>;

/** A list's items by their path element, in order. Of items that cannot be told apart the first counts. */
export function itemsByElement(list: readonly JsonValue[], shape: ListShape): ReadonlyMap<string, JsonValue> {
  const items = new Map<string, JsonValue>();
  for (const item of list) {
    const element = elementOf(item, shape);
    if (element !== undefined && !items.has(element)) items.set(element, item);
  }
  return items;
}

/** The path element of an item; undefined for one without its keys. */
export function elementOf(item: JsonValue, shape: ListShape): string | undefined {
  if (shape.type === 'set') return valueElement(item);
  return isJsonObject(item) ? keyElement(item, shape.keys) : undefined;
}

/** The shape of a list's items. */
export function shapeOfItem(shape: ListShape): Shape {
  return shape.type === 'set' ? { type: 'whole' } : shapeOfValue(shape.items);
}
