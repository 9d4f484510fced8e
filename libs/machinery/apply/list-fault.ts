import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import { elementOf, shapeOfItem } from './items.ts';
import { fieldElement, pathText } from './path-element.ts';
import { type Shape, shapeOfMember } from './shape.ts';

/** The first list of a configuration whose items cannot be told apart: an item without a key, or two with the same. */
export function listFault(value: JsonValue, shape: Shape, path: readonly string[] = []): string | undefined {
  if ((shape.type === 'struct' || shape.type === 'map') && isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      const fault =
        member === undefined ? undefined : listFault(member, shapeOfMember(shape, name), [...path, fieldElement(name)]);
      if (fault !== undefined) return fault;
    }
  } else if ((shape.type === 'set' || shape.type === 'keyed') && Array.isArray(value)) {
    const seen = new Set<string>();
    for (const [index, item] of (value as readonly JsonValue[]).entries()) {
      const element = elementOf(item, shape);
      if (element === undefined) {
        const keys = shape.type === 'keyed' ? shape.keys.map((key) => JSON.stringify(key)).join(', ') : '';
        return `${pathText(path)}: element ${index}: associative list with keys has an element that omits key field ${keys}`;
      }
      if (seen.has(element)) return `${pathText(path)}: duplicate entries for key ${pathText([element])}`;
      seen.add(element);
      const fault = listFault(item, shapeOfItem(shape), [...path, element]);
      if (fault !== undefined) return fault;
    }
  }
  return undefined;
}
