import { metadataOffset } from '@taffrail/log/object-bytes';
import type { Revision } from '@taffrail/platform/brand';

const CLOSING_BRACE = 0x7d;

/** Anything whose bytes stand as in the log. */
interface Stored {
  readonly stored: Uint8Array;
  readonly revision: Revision;
}

/** Writes an object's JSON as pieces around its stored bytes, which are neither parsed nor copied. */
export function pushObject(pieces: Uint8Array[], before: string, object: Stored, after: string): void {
  const offset = metadataOffset(object.stored);
  const head = Buffer.from(object.stored.buffer, object.stored.byteOffset, offset).toString('utf8');
  pushSpliced(pieces, before + head, object, offset, after);
}

/** Writes an object as an item of a typed list, where kind and apiVersion are left out. */
export function pushItem(pieces: Uint8Array[], before: string, object: Stored, after: string): void {
  pushSpliced(pieces, `${before}{"metadata":{`, object, metadataOffset(object.stored), after);
}

/** Writes an object's metadata alone. */
export function pushMetadata(
  pieces: Uint8Array[],
  before: string,
  object: Stored & { metadataEnd(): number },
  after: string,
): void {
  const { stored, revision } = object;
  const fields = stored.subarray(metadataOffset(stored), object.metadataEnd());
  const separator = fields.byteLength === 0 ? '' : ',';
  pieces.push(Buffer.from(`${before}{"resourceVersion":"${revision}"${separator}`), fields, Buffer.from(`}${after}`));
}

function pushSpliced(pieces: Uint8Array[], before: string, object: Stored, offset: number, after: string): void {
  const separator = object.stored[offset] === CLOSING_BRACE ? '' : ',';
  pieces.push(Buffer.from(`${before}"resourceVersion":"${object.revision}"${separator}`));
  pieces.push(object.stored.subarray(offset));
  if (after !== '') pieces.push(Buffer.from(after));
}
