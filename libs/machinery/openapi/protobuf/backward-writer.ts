import { assert } from '@taffrail/platform/assert';

const VARINT = 0;
const BYTES = 2;
const FIRST_BYTES = 64 * 1024;
const LONGEST_VARINT_BYTES = 8;

/**
 * Writes protobuf from the end to the beginning, so that a message's length is known when it is its turn: nothing is
 * measured before and nothing copied after, but when the buffer grows.
 */
export class BackwardWriter {
  #buffer = Buffer.alloc(FIRST_BYTES);
  /** Where what was written begins. */
  #start = FIRST_BYTES;

  /** What was written. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(this.#start));
  }

  /** A field that holds a text. */
  text(field: number, text: string): void {
    const length = Buffer.byteLength(text);
    this.#reserve(length);
    this.#start -= length;
    this.#buffer.write(text, this.#start);
    this.#head(field, BYTES, length);
  }

  /** A field that holds a natural number. */
  number(field: number, value: number): void {
    this.#varint(value);
    this.#varint(field * 8 + VARINT);
  }

  /** A field that holds whatever `write` writes. */
  prefixed(field: number, write: () => void): void {
    const end = this.#written();
    write();
    this.#head(field, BYTES, this.#written() - end);
  }

  #written(): number {
    return this.#buffer.byteLength - this.#start;
  }

  #head(field: number, wireType: number, length: number): void {
    this.#varint(length);
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    assert(Number.isSafeInteger(value) && value >= 0, 'a varint is a natural number');
    this.#reserve(LONGEST_VARINT_BYTES);
    let length = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
    this.#start -= length;
    let rest = value;
    for (let at = this.#start; at < this.#start + length - 1; at++) {
      this.#buffer[at] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#start + length - 1] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#start >= bytes) return;
    const written = this.#written();
    const grown = Buffer.alloc(Math.max(this.#buffer.byteLength * 2, written + bytes));
    this.#buffer.copy(grown, grown.byteLength - written, this.#start);
    this.#start = grown.byteLength - written;
    this.#buffer = grown;
  }
}
