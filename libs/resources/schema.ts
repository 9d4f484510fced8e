import { schemaText } from './generated/schema-table.ts';
import { indexSchemaText, parseType, shortName } from './schema-text.ts';

/** What a field may hold. */
export type ValueSchema =
  /** `enum` only where the set is closed. */
  | { readonly type: 'string'; readonly enum?: readonly string[] }
  /** Base64. */
  | { readonly type: 'bytes' }
  | { readonly type: 'integer'; readonly bits: 32 | 64 }
  | { readonly type: 'number' }
  | { readonly type: 'boolean' }
  /** RFC 3339 with whole seconds; null stands for "unset". */
  | { readonly type: 'time' }
  /** RFC 3339 with microseconds; null stands for "unset". */
  | { readonly type: 'micro-time' }
  /** A text such as `500m`; a JSON number is accepted too (`syntax/quantity.ts`). */
  | { readonly type: 'quantity' }
  | { readonly type: 'int-or-string' }
  /** A type of the table, by its full name. */
  | { readonly type: 'object'; readonly ref: string }
  /** Any JSON object: raw extensions, managed fields; any JSON value at all with `scalarsToo`. Nothing inside is checked. */
  | { readonly type: 'any'; readonly scalarsToo?: boolean }
  | { readonly type: 'list'; readonly items: ValueSchema }
  | { readonly type: 'map'; readonly values: ValueSchema };

export type ListType = 'atomic' | 'set' | 'map';
export type PatchStrategy = 'merge' | 'retainKeys';

/** One field of a type. */
export interface FieldSchema {
  readonly name: string;
  readonly value: ValueSchema;
  /** Required by the API's schema: Kubernetes writes it even when it is empty. */
  readonly required: boolean;
  /** Protobuf field numbers from the type to the field; more than one where a message is inlined. */
  readonly wire: readonly number[];
  /** Zero (0, false, '') is a value of its own here; elsewhere Kubernetes does not tell it from "not set" and leaves it out. */
  readonly keepsZero: boolean;
  /** How server-side apply owns a list; absent: atomic. */
  readonly listType?: ListType;
  /** Fields that identify an item of a list of type map. */
  readonly mapKeys?: readonly string[];
  /** An object or map that server-side apply owns as a whole. */
  readonly atomic?: boolean;
  /** A type that server-side apply owns as a whole is owned field by field here. */
  readonly granular?: boolean;
  /** How strategic merge patch treats the field; absent: replace lists, merge objects. */
  readonly patchStrategies?: readonly PatchStrategy[];
  /** The field strategic merge patch finds an item by. */
  readonly mergeKey?: string;
}

/** One type of the API, with its fields by JSON name. */
export interface TypeSchema {
  /** E.g. `io.k8s.api.core.v1.Pod`. */
  readonly name: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Server-side apply owns a value of this type as a whole. */
  readonly atomic: boolean;
}

let blocks: ReturnType<typeof indexSchemaText> | undefined;
const parsed = new Map<string, TypeSchema>();

/**
 * A type of the API by its full name (`io.k8s.api.core.v1.Pod`); `undefined` when the table has none. Read from the table when it is
 * first asked for, then kept.
 */
export function schemaOf(name: string): TypeSchema | undefined {
  const known = parsed.get(name);
  if (known !== undefined) return known;
  blocks ??= indexSchemaText(schemaText);
  const range = blocks.get(shortName(name));
  if (range === undefined) return undefined;
  const type = parseType(schemaText.slice(...range));
  parsed.set(name, type);
  return type;
}

/** A field of a type by its JSON name. */
export function fieldOf(type: TypeSchema, name: string): FieldSchema | undefined {
  return type.fields.get(name);
}

/** The full names of every type in the table. */
export function schemaNames(): readonly string[] {
  blocks ??= indexSchemaText(schemaText);
  return [...blocks.values()].map((range) => parseType(schemaText.slice(...range)).name);
}
