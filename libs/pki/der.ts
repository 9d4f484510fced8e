import { assert } from '@taffrail/platform/assert';

/**
 * The part of DER that X.509 certificates are written in. Only encoding and finding one's way in our own certificates:
 * untrusted certificates are read by `node:crypto` alone.
 */

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const SEQUENCE = 0x30;
const SET = 0x31;

/** One element: tag, length, contents. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(contents);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length: number[] = [];
  for (let rest = body.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length, ...length]), body]);
}

export function derSequence(...elements: readonly Uint8Array[]): Buffer {
  return element(SEQUENCE, ...elements);
}

export function derSet(...elements: readonly Uint8Array[]): Buffer {
  return element(SET, ...elements);
}

export function derBoolean(value: boolean): Buffer {
  return element(BOOLEAN, Buffer.from([value ? 0xff : 0]));
}

/** A positive integer from its big-endian bytes. */
export function derUnsigned(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  // A leading one bit would make it negative.
  return element(INTEGER, ((trimmed[0] ?? 0) & 0x80) === 0 ? trimmed : Buffer.concat([Buffer.from([0]), trimmed]));
}

/** Bits in whole bytes, less `unusedBits` at the end. */
export function derBits(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(BIT_STRING, Buffer.from([unusedBits]), bytes);
}

export function derOctets(bytes: Uint8Array): Buffer {
  return element(OCTET_STRING, bytes);
}

export function derText(text: string): Buffer {
  return element(UTF8_STRING, Buffer.from(text, 'utf8'));
}

/** An object identifier in its dotted form. */
export function derOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let high = arc >>> 7; high > 0; high >>>= 7) groups.unshift((high & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return element(OBJECT_IDENTIFIER, Buffer.from(bytes));
}

/** A time with whole seconds: two-digit years up to 2049, as RFC 5280 wants it. */
export function derTime(epochMs: number): Buffer {
  const digits = new Date(epochMs).toISOString().replaceAll(/[-:T]/g, '').slice(0, 14);
  return digits < '2050'
    ? element(UTC_TIME, Buffer.from(`${digits.slice(2)}Z`))
    : element(GENERALIZED_TIME, Buffer.from(`${digits}Z`));
}

/** The elements inside a constructed element, each with its tag and length. */
export function derChildren(bytes: Uint8Array): readonly Buffer[] {
  const children: Buffer[] = [];
  const outer = span(bytes, 0);
  for (let at = outer.start; at < outer.end;) {
    const inner = span(bytes, at);
    assert(inner.end <= outer.end, 'a DER element ends within its parent');
    children.push(Buffer.from(bytes.subarray(at, inner.end)));
    at = inner.end;
  }
  return children;
}

/** What stands inside an element. */
export function derContents(bytes: Uint8Array): Uint8Array {
  const { start, end } = span(bytes, 0);
  return bytes.subarray(start, end);
}

/** Where the contents of the element at an offset start and end. */
function span(bytes: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const first = bytes[at + 1];
  assert(first !== undefined, 'a DER element has a length');
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const count = first & 0x7f;
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + (bytes[at + 2 + i] ?? 0);
  return { start: at + 2 + count, end: at + 2 + count + length };
}
