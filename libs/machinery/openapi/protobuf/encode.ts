import { assert, assertNever } from '@taffrail/platform/assert';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { BackwardWriter } from './backward-writer.ts';
import type { MessageShape, Shape } from './shape.ts';

const NAME = 1;
const VALUE = 2;
/** Where a value of any shape has its text. */
const YAML_TEXT = 2;
const ANYTHING: Shape = Object.freeze<Shape>({ type: 'text' });

/** Writes a document as a protobuf message. Asserts that the shape knows every member: documents and shapes are made for each other. */
export function encodeProtobuf(value: JsonObject, shape: MessageShape): Buffer {
  const writer = new BackwardWriter();
  writeMessage(writer, value, shape);
  return writer.bytes();
}

// Everything is written from the last to the first: what stands before it, a length or a tag, is known only then.

function writeMessage(writer: BackwardWriter, value: JsonValue, shape: MessageShape): void {
  assert(isJsonObject(value), 'a message is written from an object');
  const known = shape.fields();
  for (const [name, member] of membersOf(value).toReversed()) {
    const own = known[name];
    if (own !== undefined) {
      writeField(writer, own.number, own.shape, member);
    } else {
      assert(shape.extensions !== undefined && name.startsWith('x-'), `no field for ${name}`);
      writeEntry(writer, shape.extensions, name, ANYTHING, member);
    }
  }
}

function writeField(writer: BackwardWriter, number: number, shape: Shape, value: JsonValue): void {
  switch (shape.type) {
    case 'within': {
      const [inner = 0, ...deeper] = shape.numbers;
      const rest: Shape = deeper.length === 0 ? shape.inner : { ...shape, numbers: deeper };
      return writer.prefixed(number, () => writeField(writer, inner, rest, value));
    }
    case 'string':
      assert(typeof value === 'string', 'a text is written from a text');
      return writer.text(number, value);
    case 'boolean':
      return writer.number(number, value === true ? 1 : 0);
    case 'integer':
      assert(typeof value === 'number', 'a number is written from a number');
      return writer.number(number, value);
    case 'text':
      return writer.prefixed(number, () => writer.text(YAML_TEXT, `${JSON.stringify(value)}\n`));
    case 'list':
      assert(Array.isArray(value), 'a list is written from a list');
      for (const item of (value as readonly JsonValue[]).toReversed()) writeField(writer, number, shape.items, item);
      return undefined;
    case 'map':
      assert(isJsonObject(value), 'a map is written from an object');
      for (const [name, member] of membersOf(value).toReversed()) {
        writeEntry(writer, number, name, shape.values, member);
      }
      return undefined;
    case 'choice':
      assert(isJsonObject(value), 'a choice is made by what an object holds');
      return writeField(writer, number, shape.choose(value), value);
    case 'message':
      return writer.prefixed(number, () => writeMessage(writer, value, shape));
    default:
      return assertNever(shape);
  }
}

function writeEntry(writer: BackwardWriter, number: number, name: string, shape: Shape, value: JsonValue): void {
  writer.prefixed(number, () => {
    writeField(writer, VALUE, shape, value);
    writer.text(NAME, name);
  });
}

function membersOf(value: JsonObject): readonly (readonly [string, JsonValue])[] {
  return Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [[name, member] as const]));
}
