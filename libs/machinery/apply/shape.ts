import { assert, assertNever } from '@taffrail/platform/assert';
import { type FieldSchema, schemaOf, type TypeSchema, type ValueSchema } from '@taffrail/resources/schema';

/** How a value is owned: as a whole, or by parts. */
export type Shape =
  /** Scalars, and whatever is atomic. */
  | { readonly type: 'whole' }
  /** An object with the fields of a type. */
  | { readonly type: 'struct'; readonly fields: ReadonlyMap<string, FieldSchema> }
  /** An object whose keys are data. */
  | { readonly type: 'map'; readonly values: ValueSchema }
  /** A list of scalars, each of which is there or not. */
  | { readonly type: 'set' }
  /** A list of objects told apart by key fields, in the order of their names. */
  | { readonly type: 'keyed'; readonly keys: readonly string[]; readonly items: ValueSchema };

const WHOLE: Shape = Object.freeze({ type: 'whole' });

/** Shapes that were made, by the type or field they are of: schemas never change, and every walk asks for the same ones. */
const ofTypes = new Map<string, Shape>();
const ofFields = new WeakMap<FieldSchema, Shape>();

/** The shape of a type of the schema table. */
export function shapeOfType(name: string): Shape {
  const known = ofTypes.get(name);
  if (known !== undefined) return known;
  const type: TypeSchema | undefined = schemaOf(name);
  assert(type !== undefined, `the schema table has the type ${name}`);
  const shape: Shape = type.atomic ? WHOLE : { type: 'struct', fields: type.fields };
  ofTypes.set(name, shape);
  return shape;
}

/** The shape of a field's value. */
export function shapeOfField(field: FieldSchema): Shape {
  let shape = ofFields.get(field);
  if (shape === undefined) ofFields.set(field, (shape = madeOfField(field)));
  return shape;
}

function madeOfField(field: FieldSchema): Shape {
  if (field.atomic === true) return WHOLE;
  const { value } = field;
  if (value.type !== 'list') return shapeOfValue(value);
  if (field.listType === 'set') return { type: 'set' };
  if (field.listType !== 'map' || field.mapKeys === undefined) return WHOLE;
  return { type: 'keyed', keys: field.mapKeys.toSorted(), items: value.items };
}

/** The shape of a map's value or a list's item: nothing but its type says how it is owned. */
export function shapeOfValue(value: ValueSchema): Shape {
  switch (value.type) {
    case 'object':
      return shapeOfType(value.ref);
    case 'map':
      return { type: 'map', values: value.values };
    case 'list':
    case 'string':
    case 'bytes':
    case 'integer':
    case 'number':
    case 'boolean':
    case 'time':
    case 'micro-time':
    case 'quantity':
    case 'int-or-string':
    case 'any':
      return WHOLE;
    default:
      return assertNever(value);
  }
}

/** The shape below a member of an object; a field the type does not have is owned as a whole. */
export function shapeOfMember(shape: Shape & { readonly type: 'struct' | 'map' }, name: string): Shape {
  if (shape.type === 'map') return shapeOfValue(shape.values);
  const field = shape.fields.get(name);
  return field === undefined ? WHOLE : shapeOfField(field);
}
