import { assert, assertNever } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { type FieldSchema, schemaOf, type TypeSchema, type ValueSchema } from '@taffrail/resources/schema';
import { canonicalQuantity, QUANTITY_FAULT } from '@taffrail/resources/syntax/quantity';
import { goJsonName, goTypeName, goZeroValue } from './go-names.ts';
import { canonicalBase64, canonicalMicroTime, canonicalTime, type ScalarResult } from './scalars.ts';

/** A document made to fit its type. */
export interface Conformed {
  readonly object: JsonObject;
  /** `unknown field "spec.colour"`, in the order they stand in the document. */
  readonly unknown: readonly string[];
  /** The first value of a wrong type, worded as Go's decoder words it; `object` is not to be used then. */
  readonly fault: string | undefined;
}

export interface ConformOptions {
  /** Keeps what is empty or zero: an applied configuration owns it all the same. */
  readonly keepsEmpty?: boolean;
  /** An object of the type that fits already: what the document shares with it is not looked at again. */
  readonly known?: JsonObject | undefined;
}

/**
 * Makes a document what decoding into a Go struct and encoding again would make of it: members the type does not have
 * are dropped and reported; nulls are dropped, and so is what is empty or zero where Kubernetes leaves that out; times,
 * quantities and base64 take their canonical form. Parts that fit already are shared with the document.
 */
export function conform(document: JsonObject, typeName: string, options: ConformOptions = {}): Conformed {
  const walk = new Walk(typeName.slice(typeName.lastIndexOf('.') + 1), options.keepsEmpty === true);
  const object = walk.object(document, typeName, '', options.known);
  return { object, unknown: [...walk.unknown], fault: walk.fault };
}

class Walk {
  readonly unknown = new Set<string>();
  fault: string | undefined;
  readonly #kind: string;
  readonly #keepsEmpty: boolean;

  constructor(kind: string, keepsEmpty: boolean) {
    this.#kind = kind;
    this.#keepsEmpty = keepsEmpty;
  }

  object(given: JsonObject, typeName: string, path: string, known: JsonValue | undefined): JsonObject {
    const type = schemaOf(typeName);
    assert(type !== undefined, `the schema table has the type ${typeName}`);
    const fits = isJsonObject(known) ? known : undefined;
    return changed(given, (name, value) => {
      const fit = fits?.[name];
      return fit === value && fit !== null ? value : this.#member(type, value, path, name, fit);
    });
  }

  /** A member as it is kept; undefined drops it. */
  #member(
    type: TypeSchema,
    value: JsonValue,
    path: string,
    name: string,
    known: JsonValue | undefined,
  ): JsonValue | undefined {
    const field = type.fields.get(name);
    if (field === undefined) {
      if (this.unknown.size < limits.strictErrorsCount) {
        this.unknown.add(`unknown field ${JSON.stringify(below(path, name))}`);
      }
      return undefined;
    }
    if (value === null) return undefined;
    const kept = this.#value(value, field.value, path, name, known);
    return !this.#keepsEmpty && isLeftOut(kept, field) ? undefined : kept;
  }

  /** `path` and `name` are joined only where something is below or wrong: most values are neither. */
  #value(value: JsonValue, schema: ValueSchema, path: string, name: string, known?: JsonValue): JsonValue {
    switch (schema.type) {
      case 'any':
        return value;
      case 'object':
        if (isJsonObject(value)) return this.object(value, schema.ref, below(path, name), known);
        break;
      case 'list':
        if (Array.isArray(value)) return this.#list(value, schema.items, below(path, name));
        break;
      case 'map':
        if (isJsonObject(value)) return this.#map(value, schema.values, below(path, name));
        break;
      case 'string':
        if (typeof value === 'string') return value;
        break;
      case 'boolean':
        if (typeof value === 'boolean') return value;
        break;
      case 'number':
        if (typeof value === 'number') return value;
        break;
      case 'integer':
        if (isInteger(value, schema.bits)) return value;
        break;
      case 'int-or-string':
        if (typeof value === 'string' || isInteger(value, 32)) return value;
        break;
      case 'bytes':
        if (typeof value === 'string') return this.#scalar(canonicalBase64(value));
        break;
      case 'time':
        if (typeof value === 'string') return this.#scalar(canonicalTime(value));
        break;
      case 'micro-time':
        if (typeof value === 'string') return this.#scalar(canonicalMicroTime(value));
        break;
      case 'quantity':
        return this.#quantity(value);
      default:
        return assertNever(schema);
    }
    return this.#wrong(value, below(path, name), schema);
  }

  #map(given: JsonObject, values: ValueSchema, path: string): JsonObject {
    return changed(given, (name, value) => this.#item(value, values, path, name));
  }

  #list(given: readonly JsonValue[], items: ValueSchema, path: string): readonly JsonValue[] {
    let isSame = true;
    const kept = given.map((item, index) => {
      const fitting = this.#item(item, items, `${path}[${index}]`, '');
      if (fitting !== item) isSame = false;
      return fitting;
    });
    return isSame ? given : kept;
  }

  #item(value: JsonValue, schema: ValueSchema, path: string, name: string): JsonValue {
    return value === null ? goZeroValue(schema) : this.#value(value, schema, path, name);
  }

  #quantity(value: JsonValue): JsonValue {
    if (typeof value === 'string' && CANONICAL_QUANTITY.test(value)) return value;
    const isText = typeof value === 'string' || typeof value === 'number';
    const canonical = isText ? canonicalQuantity(String(value).trim()) : undefined;
    if (canonical === undefined) this.fault ??= QUANTITY_FAULT;
    return canonical ?? value;
  }

  #scalar(result: ScalarResult): string {
    if (result.fault === undefined) return result.text;
    this.fault ??= result.fault;
    return '';
  }

  #wrong(value: JsonValue, path: string, schema: ValueSchema): JsonValue {
    const field = `${this.#kind}.${path.replaceAll(/\[\d+\]/g, '')}`;
    this.fault ??= `json: cannot unmarshal ${goJsonName(value)} into Go struct field ${field} of type ${goTypeName(schema)}`;
    return value;
  }
}

/** Up to three digits before a suffix are as short as they can be. */
const CANONICAL_QUANTITY = /^[1-9]\d{0,2}(?:m|k|M|G|T|Ki|Mi|Gi|Ti)?$/;

/** An object with each member put through `keep`, undefined dropping it; the same object when nothing changed. */
function changed(given: JsonObject, keep: (name: string, value: JsonValue) => JsonValue | undefined): JsonObject {
  let isSame = true;
  const members: [string, JsonValue][] = [];
  for (const name of Object.keys(given)) {
    const value = given[name];
    if (value === undefined) continue;
    const kept = keep(name, value);
    if (kept !== value) isSame = false;
    if (kept !== undefined) members.push([name, kept]);
  }
  return isSame ? given : Object.fromEntries(members);
}

/** The path of a member; an item's path is complete and has no name. */
function below(path: string, name: string): string {
  if (name === '') return path;
  return path === '' ? name : `${path}.${name}`;
}

/** Whether Kubernetes, writing the field, would leave this value out. */
function isLeftOut(value: JsonValue, field: FieldSchema): boolean {
  if (field.required) return false;
  switch (field.value.type) {
    case 'list':
      return Array.isArray(value) && value.length === 0;
    case 'map':
      return isJsonObject(value) && Object.keys(value).length === 0;
    case 'string':
    case 'bytes':
    case 'integer':
    case 'number':
    case 'boolean':
      return !field.keepsZero && (value === '' || value === 0 || value === false);
    case 'object':
    case 'any':
    case 'time':
    case 'micro-time':
    case 'quantity':
    case 'int-or-string':
      return false;
    default:
      return assertNever(field.value);
  }
}

/** Integers beyond 2^53 would silently become others; they are refused. */
function isInteger(value: JsonValue, bits: 32 | 64): boolean {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) return false;
  return bits === 64 || (value >= -(2 ** 31) && value < 2 ** 31);
}
