import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { FieldSet } from './field-set.ts';
import { elementOf, shapeOfItem } from './items.ts';
import { fieldElement } from './path-element.ts';
import { type Shape, shapeOfMember } from './shape.ts';

/** A value without the fields of a set; undefined when nothing is left of it. */
export function removeFields(value: JsonValue, set: FieldSet, shape: Shape): JsonValue | undefined {
  if (set.children.size === 0) return value;
  if ((shape.type === 'struct' || shape.type === 'map') && isJsonObject(value)) {
    const kept = keptMembers(value, set, shape);
    return Object.keys(kept).length === 0 ? undefined : kept;
  }
  if ((shape.type === 'set' || shape.type === 'keyed') && Array.isArray(value)) {
    const kept = (value as readonly JsonValue[]).flatMap((item) => {
      const element = elementOf(item, shape);
      const below = element === undefined ? undefined : set.children.get(element);
      if (below === undefined) return [item];
      const rest = below.isMember ? undefined : removeFields(item, below, shapeOfItem(shape));
      return rest === undefined ? [] : [rest];
    });
    return kept.length === 0 ? undefined : kept;
  }
  return value;
}

function keptMembers(value: JsonObject, set: FieldSet, shape: Shape & { type: 'struct' | 'map' }): JsonObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => {
      if (member === undefined) return [];
      const below = set.children.get(fieldElement(name));
      if (below === undefined) return [[name, member]];
      const rest = below.isMember ? undefined : removeFields(member, below, shapeOfMember(shape, name));
      return rest === undefined ? [] : [[name, rest]];
    }),
  );
}
