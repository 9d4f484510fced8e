import { assertNever } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import type { MutableJson, MutableJsonObject } from '../json.ts';
import type { FieldSchema, ValueSchema } from '../schema.ts';
import { MalformedBody } from './fault.ts';
import { isInlined, type WirePlan, wirePlan } from './plan.ts';
import { BYTES, FIXED64, type Tag, VARINT, WireReader } from './reader.ts';
import { type Union, decodeUnion, unionOf } from './union.ts';
import { decodeIntOrString, decodeQuantity, decodeRaw, decodeTime, signed32, signed64 } from './value.ts';

/**
 * Decodes a message of a type of the schema table into `target`, as Go would write it as JSON: zero scalars and unset times are left
 * out unless they mean something, messages that are present are kept even when empty. Unknown fields are skipped.
 * Throws MalformedBody.
 */
export function decodeMessage(bytes: Uint8Array, typeName: string, target: MutableJsonObject, depth = 0): void {
  decodeWith(typeName, wirePlan(typeName), bytes, target, depth);
}

function decodeWith(
  typeName: string,
  plan: WirePlan,
  bytes: Uint8Array,
  target: MutableJsonObject,
  depth: number,
): void {
  if (depth > limits.wireNestingCount)
    throw new MalformedBody(`messages nested deeper than ${limits.wireNestingCount}`);
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    const entry = plan.get(tag.number);
    if (entry === undefined) reader.skip(tag.type);
    else if (isInlined(entry)) decodeWith(typeName, entry, bytesOf(tag, reader), target, depth + 1);
    else {
      const union = unionOf(typeName, entry.name);
      if (union === undefined) decodeField(entry, tag, reader, target, depth);
      else decodeUnionField(union, entry, bytesOf(tag, reader), target, depth);
    }
  }
}

function decodeField(field: FieldSchema, tag: Tag, reader: WireReader, target: MutableJsonObject, depth: number): void {
  const { name, value } = field;
  if (value.type === 'list') {
    const list = (target[name] ??= []) as MutableJson[];
    decodeItems(value.items, tag, reader, list, depth);
  } else if (value.type === 'map') {
    const map = (target[name] ??= {}) as MutableJsonObject;
    decodeEntry(value.values, bytesOf(tag, reader), map, depth);
  } else if (value.type === 'object') {
    const inner = (target[name] ??= {}) as MutableJsonObject;
    decodeMessage(bytesOf(tag, reader), value.ref, inner, depth + 1);
  } else {
    const decoded = decodeSingle(value, tag, reader, depth);
    // JSON inside a message was written out by someone: its zeros are meant.
    const saysNothing = isZero(decoded) && !field.keepsZero && value.type !== 'any';
    if (decoded === undefined || saysNothing) delete target[name];
    else target[name] = decoded;
  }
}

function decodeUnionField(
  union: Union,
  { name, value }: FieldSchema,
  bytes: Uint8Array,
  target: MutableJsonObject,
  depth: number,
): void {
  if (value.type !== 'map') target[name] = decodeUnion(union, bytes, decodeMessage, depth + 1);
  else {
    const map = (target[name] ??= {}) as MutableJsonObject;
    decodeEntryWith(bytes, map, (tag, reader) => decodeUnion(union, bytesOf(tag, reader), decodeMessage, depth + 1));
  }
}

function isZero(value: MutableJson | undefined): boolean {
  return value === 0 || value === '' || value === false;
}

function bytesOf(tag: Tag, reader: WireReader): Uint8Array {
  if (tag.type !== BYTES) throw new MalformedBody(`wrong wire type ${tag.type} of field ${tag.number}`);
  return reader.bytes();
}

function varintOf(tag: Tag, reader: WireReader): bigint {
  if (tag.type !== VARINT) throw new MalformedBody(`wrong wire type ${tag.type} of field ${tag.number}`);
  return reader.varint();
}

/** One value; `undefined` for one that says "not set". */
function decodeSingle(value: ValueSchema, tag: Tag, reader: WireReader, depth: number): MutableJson | undefined {
  switch (value.type) {
    case 'string':
      return stringOf(tag, reader);
    case 'bytes':
      return Buffer.from(bytesOf(tag, reader)).toString('base64');
    case 'integer':
      return value.bits === 32 ? signed32(varintOf(tag, reader)) : signed64(varintOf(tag, reader));
    case 'boolean':
      return varintOf(tag, reader) !== 0n;
    case 'number':
      if (tag.type !== FIXED64) throw new MalformedBody(`wrong wire type ${tag.type} of field ${tag.number}`);
      return reader.double();
    case 'time':
      return decodeTime(bytesOf(tag, reader), 'seconds');
    case 'micro-time':
      return decodeTime(bytesOf(tag, reader), 'micros');
    case 'quantity':
      return decodeQuantity(bytesOf(tag, reader));
    case 'int-or-string':
      return decodeIntOrString(bytesOf(tag, reader));
    case 'any':
      return decodeRaw(bytesOf(tag, reader));
    case 'object': {
      const inner: MutableJsonObject = {};
      decodeMessage(bytesOf(tag, reader), value.ref, inner, depth + 1);
      return inner;
    }
    case 'list': {
      // A list inside a map is a message of its own with the items in field 1.
      const items: MutableJson[] = [];
      const list = new WireReader(bytesOf(tag, reader));
      while (!list.done) decodeItems(value.items, list.tag(), list, items, depth + 1);
      return items;
    }
    case 'map': {
      const map: MutableJsonObject = {};
      const entries = new WireReader(bytesOf(tag, reader));
      while (!entries.done) decodeEntry(value.values, bytesOf(entries.tag(), entries), map, depth + 1);
      return map;
    }
    default:
      return assertNever(value);
  }
}

function stringOf(tag: Tag, reader: WireReader): string {
  if (tag.type !== BYTES) throw new MalformedBody(`wrong wire type ${tag.type} of field ${tag.number}`);
  return reader.string();
}

function decodeItems(items: ValueSchema, tag: Tag, reader: WireReader, list: MutableJson[], depth: number): void {
  const packable = items.type === 'integer' || items.type === 'boolean';
  if (!packable || tag.type !== BYTES) {
    list.push(decodeSingle(items, tag, reader, depth) ?? null);
    return;
  }
  const packed = new WireReader(reader.bytes());
  const each: Tag = { number: tag.number, type: VARINT };
  while (!packed.done) list.push(decodeSingle(items, each, packed, depth) ?? null);
}

function decodeEntry(values: ValueSchema, bytes: Uint8Array, map: MutableJsonObject, depth: number): void {
  decodeEntryWith(bytes, map, (tag, reader) => decodeSingle(values, tag, reader, depth + 1), zeroOf(values));
}

function decodeEntryWith(
  bytes: Uint8Array,
  map: MutableJsonObject,
  decodeValue: (tag: Tag, reader: WireReader) => MutableJson | undefined,
  absent: MutableJson = null,
): void {
  const reader = new WireReader(bytes);
  let key = '';
  let value: MutableJson | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.number === 1) key = stringOf(tag, reader);
    else if (tag.number === 2) value = decodeValue(tag, reader);
    else reader.skip(tag.type);
  }
  // Defined, not assigned: a key such as `__proto__` is a key like any other.
  Object.defineProperty(map, key, {
    value: value ?? absent,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function zeroOf(value: ValueSchema): MutableJson {
  switch (value.type) {
    case 'string':
    case 'bytes':
      return '';
    case 'integer':
    case 'number':
    case 'int-or-string':
      return 0;
    case 'boolean':
      return false;
    case 'quantity':
      return '0';
    case 'list':
      return [];
    case 'object':
    case 'map':
      return {};
    case 'time':
    case 'micro-time':
    case 'any':
      return null;
    default:
      return assertNever(value);
  }
}
