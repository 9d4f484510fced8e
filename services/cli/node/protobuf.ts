import { assert } from '@taffrail/platform/assert';

/** A text (or bytes, or message) field as protobuf writes it: tag, length, bytes. */
export function encodeText(field: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

/** A non-negative integer field. */
export function encodeVarint(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

/** All values of a repeated message field. */
export function decodeMessages(message: Buffer, field: number): readonly Buffer[] {
  return fields(message).flatMap((found) => (found.field === field && found.bytes !== undefined ? [found.bytes] : []));
}

/** The text of a field; empty when it is absent, as proto3 has it. */
export function textField(message: Buffer, field: number): string {
  return (
    fields(message)
      .findLast((found) => found.field === field)
      ?.bytes?.toString('utf8') ?? ''
  );
}

interface Field {
  readonly field: number;
  readonly bytes?: Buffer;
}

function fields(message: Buffer): readonly Field[] {
  const found: Field[] = [];
  let offset = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = message[offset++];
      assert(byte !== undefined, 'a protobuf message ends within a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (offset < message.length) {
    const tag = readVarint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        readVarint();
        found.push({ field });
        break;
      case 1:
        offset += 8;
        break;
      case 2: {
        const length = readVarint();
        found.push({ field, bytes: message.subarray(offset, offset + length) });
        offset += length;
        break;
      }
      case 5:
        offset += 4;
        break;
      default:
        assert(false, `protobuf wire type ${tag % 8} is not known`);
    }
  }
  return found;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
