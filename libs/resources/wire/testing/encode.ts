import { assertNever } from '@taffrail/platform/assert';
import { schemaOf, type ValueSchema } from '../../schema.ts';
import type { JsonObject, JsonValue } from '../../json.ts';

/** A small protobuf encoder driven by the schema table: what tests feed to the decoder. */

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Buffer.from(bytes);
}

function numberField(number: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(number << 3)), varint(value)]);
}

/** A length-delimited field. */
export function bytesField(number: number, value: Uint8Array): Buffer {
  return Buffer.concat([varint(BigInt((number << 3) | 2)), varint(BigInt(value.length)), value]);
}

function timeMessage(text: string): Buffer {
  const ms = Date.parse(text);
  const micros = Number(/\.(\d{6})Z$/.exec(text)?.[1] ?? '0');
  const seconds = numberField(1, BigInt(Math.floor(ms / 1000)));
  return Buffer.concat([seconds, numberField(2, BigInt(micros * 1000))]);
}

function valueField(number: number, schema: ValueSchema, value: JsonValue): Buffer {
  switch (schema.type) {
    case 'string':
      return bytesField(number, Buffer.from(value as string));
    case 'bytes':
      return bytesField(number, Buffer.from(value as string, 'base64'));
    case 'integer':
      return numberField(number, BigInt(Number(value)));
    case 'boolean':
      return numberField(number, value === true ? 1n : 0n);
    case 'number': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(value));
      return Buffer.concat([varint(BigInt((number << 3) | 1)), bytes]);
    }
    case 'time':
    case 'micro-time':
      return bytesField(number, timeMessage(value as string));
    case 'quantity':
      return bytesField(number, bytesField(1, Buffer.from(value as string)));
    case 'int-or-string':
      return bytesField(
        number,
        typeof value === 'number'
          ? Buffer.concat([numberField(1, 0n), numberField(2, BigInt(value)), bytesField(3, Buffer.alloc(0))])
          : Buffer.concat([numberField(1, 1n), numberField(2, 0n), bytesField(3, Buffer.from(value as string))]),
      );
    case 'any':
      return bytesField(number, bytesField(1, Buffer.from(JSON.stringify(value))));
    case 'object':
      return bytesField(number, encodeMessage(schema.ref, value as JsonObject));
    case 'list':
      return Buffer.concat((value as readonly JsonValue[]).map((item) => valueField(number, schema.items, item)));
    case 'map':
      return Buffer.concat(
        Object.entries(value as JsonObject).map(([key, item]) =>
          bytesField(number, Buffer.concat([bytesField(1, Buffer.from(key)), entryValue(schema.values, item ?? null)])),
        ),
      );
    default:
      return assertNever(schema);
  }
}

/** A list inside a map is a message of its own with the items in field 1. */
function entryValue(schema: ValueSchema, value: JsonValue): Buffer {
  return schema.type === 'list' ? bytesField(2, valueField(1, schema, value)) : valueField(2, schema, value);
}

/** Encodes an object of a type of the schema table. */
export function encodeMessage(typeName: string, object: JsonObject): Buffer {
  const type = schemaOf(typeName);
  if (type === undefined) throw new Error(`no ${typeName}`);
  const parts: Buffer[] = [];
  for (const field of type.fields.values()) {
    const value = object[field.name];
    const last = field.wire.at(-1);
    if (value === undefined || value === null || last === undefined) continue;
    let encoded = valueField(last, field.value, value);
    for (const number of field.wire.slice(0, -1).toReversed()) encoded = bytesField(number, encoded);
    parts.push(encoded);
  }
  return Buffer.concat(parts);
}

/** A whole body, as client-go writes it. */
export function encodeBody(apiVersion: string, kind: string, typeName: string, object: JsonObject): Buffer {
  const typeMeta = Buffer.concat([bytesField(1, Buffer.from(apiVersion)), bytesField(2, Buffer.from(kind))]);
  return Buffer.concat([
    Buffer.from('k8s\0'),
    bytesField(1, typeMeta),
    bytesField(2, encodeMessage(typeName, object)),
    bytesField(3, Buffer.alloc(0)),
    bytesField(4, Buffer.alloc(0)),
  ]);
}
