import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import { type FieldPath, type FieldSet, FieldSetBuilder } from './field-set.ts';
import { itemsByElement, shapeOfItem } from './items.ts';
import { fieldElement } from './path-element.ts';
import { type Shape, shapeOfMember } from './shape.ts';

/** The fields an applied configuration sets, and with that owns: its leaves, its map keys and its list items. */
export function fieldsOfObject(value: JsonValue, shape: Shape): FieldSet {
  const builder = new FieldSetBuilder();
  collect(value, shape, [], builder);
  return builder.build();
}

function collect(value: JsonValue, shape: Shape, path: FieldPath, into: FieldSetBuilder): void {
  if ((shape.type === 'struct' || shape.type === 'map') && isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      const below = [...path, fieldElement(name)];
      collect(member, shapeOfMember(shape, name), below, into);
      if (shape.type === 'map' || isNothing(member)) into.insert(below);
    }
  } else if ((shape.type === 'set' || shape.type === 'keyed') && Array.isArray(value)) {
    for (const [element, item] of itemsByElement(value, shape)) {
      const below = [...path, element];
      collect(item, shapeOfItem(shape), below, into);
      into.insert(below);
    }
  } else {
    into.insert(path);
  }
}

/** What has no members of its own to stand for it. */
function isNothing(value: JsonValue): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

/**
 * A set with the fields on the way to its members: whoever owns `spec.replicas` has a say in whether there is a `spec`.
 * Keys of maps and items of lists are owned on their own account only.
 */
export function withNamedFields(set: FieldSet, shape: Shape): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const below = shapeBelow(shape, element);
    const widened = withNamedFields(child, below);
    const isNamed = shape.type === 'struct' && element.startsWith('f:');
    children.set(element, isNamed ? { isMember: true, children: widened.children } : widened);
  }
  return { isMember: set.isMember, children };
}

function shapeBelow(shape: Shape, element: string): Shape {
  switch (shape.type) {
    case 'struct':
    case 'map':
      return shapeOfMember(shape, element.slice(2));
    case 'set':
    case 'keyed':
      return shapeOfItem(shape);
    case 'whole':
      return shape;
    default:
      return shape satisfies never;
  }
}
