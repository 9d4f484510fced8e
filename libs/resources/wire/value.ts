import { rfc3339Micros, rfc3339Seconds } from '@taffrail/platform/clock';
import type { MutableJson } from '../json.ts';
import { MalformedBody } from './fault.ts';
import { BYTES, type Tag, VARINT, WireReader } from './reader.ts';

/** Seconds of the years 1 to 9999, all that RFC 3339 can write. */
const EARLIEST_SECONDS = -62_135_596_800;
const LATEST_SECONDS = 253_402_300_799;

export function signed32(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}

/** Beyond 2^53 the nearest number: JSON as JavaScript reads it holds no more. */
export function signed64(value: bigint): number {
  return Number(BigInt.asIntN(64, value));
}

/** Calls `onField` for each field of a message. */
function eachField(bytes: Uint8Array, onField: (tag: Tag, reader: WireReader) => void): void {
  const reader = new WireReader(bytes);
  while (!reader.done) onField(reader.tag(), reader);
}

/** A timestamp; `undefined` for the zero time, which stands for "not set". */
export function decodeTime(bytes: Uint8Array, precision: 'seconds' | 'micros'): string | undefined {
  let seconds = 0;
  let nanos = 0;
  let empty = true;
  eachField(bytes, (tag, reader) => {
    empty = false;
    if (tag.number === 1 && tag.type === VARINT) seconds = signed64(reader.varint());
    else if (tag.number === 2 && tag.type === VARINT) nanos = signed32(reader.varint());
    else reader.skip(tag.type);
  });
  if (empty) return undefined;
  if (seconds < EARLIEST_SECONDS || seconds > LATEST_SECONDS)
    throw new MalformedBody(`a time outside the years 1 to 9999`);
  if (seconds === EARLIEST_SECONDS && nanos === 0) return undefined;
  if (precision === 'seconds') return rfc3339Seconds(seconds * 1000);
  const micros = String(Math.trunc(Math.max(0, Math.min(nanos, 999_999_999)) / 1000)).padStart(6, '0');
  return rfc3339Micros(seconds * 1000).replace(/\.\d+Z$/, `.${micros}Z`);
}

/** A quantity's text; an empty message is zero. */
export function decodeQuantity(bytes: Uint8Array): string {
  let text = '';
  eachField(bytes, (tag, reader) => {
    if (tag.number === 1 && tag.type === BYTES) text = reader.string();
    else reader.skip(tag.type);
  });
  return text === '' ? '0' : text;
}

export function decodeIntOrString(bytes: Uint8Array): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  eachField(bytes, (tag, reader) => {
    if (tag.number === 1 && tag.type === VARINT) isText = reader.varint() !== 0n;
    else if (tag.number === 2 && tag.type === VARINT) number = signed32(reader.varint());
    else if (tag.number === 3 && tag.type === BYTES) text = reader.string();
    else reader.skip(tag.type);
  });
  return isText ? text : number;
}

/** A raw extension or a set of managed fields: JSON inside one bytes field. `undefined` when there is none. */
export function decodeRaw(bytes: Uint8Array): MutableJson | undefined {
  let raw: Uint8Array | undefined;
  eachField(bytes, (tag, reader) => {
    if (tag.number === 1 && tag.type === BYTES) raw = reader.bytes();
    else reader.skip(tag.type);
  });
  if (raw === undefined || raw.length === 0) return undefined;
  try {
    return JSON.parse(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8')) as MutableJson;
  } catch (thrown) {
    if (thrown instanceof SyntaxError) throw new MalformedBody(`a raw extension that is not JSON: ${thrown.message}`);
    throw thrown;
  }
}
