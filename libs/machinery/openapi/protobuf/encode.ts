import { assert, assertNever } from '@taffrail/platform/assert';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { MessageShape, Shape } from './shape.ts';

const VARINT = 0;
const BYTES = 2;
const NAME = 1;
const VALUE = 2;
/** Where a value of any shape has its text. */
const YAML_TEXT = 2;

/** Writes a document as a protobuf message. Asserts that the shape knows every member: documents and shapes are made for each other. */
export function encodeProtobuf(value: JsonObject, shape: MessageShape): Buffer {
  return messageBytes(value, shape);
}

function messageBytes(value: JsonValue, shape: MessageShape): Buffer {
  assert(isJsonObject(value), 'a message is written from an object');
  const known = shape.fields();
  const parts: Buffer[] = [];
  for (const [name, member] of membersOf(value)) {
    const own = known[name];
    if (own !== undefined) {
      parts.push(fieldBytes([own.number], own.shape, member));
    } else {
      assert(shape.extensions !== undefined && name.startsWith('x-'), `no field for ${name}`);
      parts.push(entryBytes(shape.extensions, name, { type: 'text' }, member));
    }
  }
  return Buffer.concat(parts);
}

/** `numbers` lead to the field through the messages around it. */
function fieldBytes(numbers: readonly number[], shape: Shape, value: JsonValue): Buffer {
  if (shape.type === 'within') return fieldBytes([...numbers, ...shape.numbers], shape.inner, value);
  const [number = 0, ...inner] = numbers;
  if (inner.length > 0) return prefixed(number, fieldBytes(inner, shape, value));
  switch (shape.type) {
    case 'string':
      assert(typeof value === 'string', 'a text is written from a text');
      return prefixed(number, Buffer.from(value));
    case 'boolean':
      return Buffer.concat([tag(number, VARINT), varint(value === true ? 1 : 0)]);
    case 'integer':
      assert(typeof value === 'number', 'a number is written from a number');
      return Buffer.concat([tag(number, VARINT), varint(value)]);
    case 'text':
      return prefixed(number, prefixed(YAML_TEXT, Buffer.from(`${JSON.stringify(value)}\n`)));
    case 'list':
      assert(Array.isArray(value), 'a list is written from a list');
      return Buffer.concat(value.map((item: JsonValue) => fieldBytes([number], shape.items, item)));
    case 'map':
      assert(isJsonObject(value), 'a map is written from an object');
      return Buffer.concat(membersOf(value).map(([name, member]) => entryBytes(number, name, shape.values, member)));
    case 'choice':
      assert(isJsonObject(value), 'a choice is made by what an object holds');
      return fieldBytes([number], shape.choose(value), value);
    case 'message':
      return prefixed(number, messageBytes(value, shape));
    default:
      return assertNever(shape);
  }
}

function membersOf(value: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, member] as const]));
}

function entryBytes(number: number, name: string, shape: Shape, value: JsonValue): Buffer {
  return prefixed(number, Buffer.concat([prefixed(NAME, Buffer.from(name)), fieldBytes([VALUE], shape, value)]));
}

function prefixed(number: number, bytes: Buffer): Buffer {
  return Buffer.concat([tag(number, BYTES), varint(bytes.byteLength), bytes]);
}

function tag(number: number, wireType: number): Buffer {
  return varint(number * 8 + wireType);
}

function varint(value: number): Buffer {
  assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a natural number');
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
