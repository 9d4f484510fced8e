import { assert } from '@taffrail/platform/assert';
import { metadataOffset } from './object-bytes.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Offset of the brace that closes the metadata of encoded bytes. Reads them byte by byte: whoever asks often keeps it. */
export function metadataEnd(bytes: Uint8Array): number {
  return endOfObject(bytes, metadataOffset(bytes));
}

/** Where the brace stands that closes the JSON object whose first field begins at `from`. */
function endOfObject(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let depth = 1; at < bytes.byteLength; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at + 1);
    else if (byte === OPENING_BRACE) depth++;
    else if (byte === CLOSING_BRACE && --depth === 0) break;
  }
  assert(at < bytes.byteLength, 'stored bytes are whole JSON');
  return at;
}

function endOfText(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.byteLength && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
