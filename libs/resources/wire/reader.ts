import { MalformedBody } from './fault.ts';

/** How a field's value is laid out. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

export type WireType = typeof VARINT | typeof FIXED64 | typeof BYTES | typeof FIXED32;

/** A field's number and layout. */
export interface Tag {
  readonly number: number;
  readonly type: WireType;
}

const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads protobuf's elements from a range of bytes. Every method throws MalformedBody for bytes that are none. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  tag(): Tag {
    const start = this.#at;
    const value = this.varint();
    const number = Number(value >> 3n);
    const type = Number(value & 7n);
    if (number < 1 || number > 0x1fffffff) throw new MalformedBody(`illegal field number ${number} at byte ${start}`);
    if (type !== VARINT && type !== FIXED64 && type !== BYTES && type !== FIXED32) {
      throw new MalformedBody(`illegal wire type ${type} of field ${number} at byte ${start}`);
    }
    return { number, type };
  }

  /** An unsigned 64-bit number. */
  varint(): bigint {
    const start = this.#at;
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined || this.#at >= this.#end) throw this.#truncated();
      this.#at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new MalformedBody(`a number of more than ten bytes at byte ${start}`);
  }

  /** The bytes of a string, bytes or message field. */
  bytes(): Uint8Array {
    const length = Number(this.varint());
    if (length > this.#end - this.#at) throw this.#truncated();
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  string(): string {
    const start = this.#at;
    try {
      return text.decode(this.bytes());
    } catch (thrown) {
      if (thrown instanceof MalformedBody) throw thrown;
      throw new MalformedBody(`a string that is not UTF-8 at byte ${start}`);
    }
  }

  double(): number {
    if (this.#end - this.#at < 8) throw this.#truncated();
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#at, 8);
    this.#at += 8;
    return view.getFloat64(0, true);
  }

  skip(type: WireType): void {
    switch (type) {
      case VARINT:
        this.varint();
        return;
      case BYTES:
        this.bytes();
        return;
      case FIXED64:
        return this.#advance(8);
      case FIXED32:
        return this.#advance(4);
    }
  }

  #advance(count: number): void {
    if (this.#end - this.#at < count) throw this.#truncated();
    this.#at += count;
  }

  #truncated(): MalformedBody {
    return new MalformedBody(`unexpected end of the message at byte ${this.#at}`);
  }
}
