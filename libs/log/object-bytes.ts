import { assert } from '@taffrail/platform/assert';
import type { Revision } from '@taffrail/platform/brand';

const METADATA_START = Buffer.from('"metadata":{');
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;

/**
 * Encodes an object for the log: kind, apiVersion and metadata come first, resourceVersion is left out.
 * The bytes never change afterwards; `spliceResourceVersion` puts the revision in when they are read.
 */
export function encodeObject(object: Readonly<Record<string, unknown>>): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object;
  assert(typeof kind === 'string' && typeof apiVersion === 'string', 'a stored object has a kind and an apiVersion');
  const { resourceVersion: _dropped, ...storedMetadata } = metadata as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: storedMetadata, ...rest }));
}

/** Offset right behind `"metadata":{` of encoded bytes. */
export function metadataOffset(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).indexOf(METADATA_START);
  assert(at > 0, 'stored bytes begin with kind, apiVersion and metadata');
  return at + METADATA_START.length;
}

/** The object's JSON as clients see it: the stored bytes with `metadata.resourceVersion` spliced in. */
export function spliceResourceVersion(bytes: Uint8Array, at: Revision): Buffer {
  const offset = metadataOffset(bytes);
  const inserted = Buffer.from(`"resourceVersion":"${at}"`);
  const separator = bytes[offset] === CLOSING_BRACE ? Buffer.alloc(0) : Buffer.from([COMMA]);
  return Buffer.concat([bytes.subarray(0, offset), inserted, separator, bytes.subarray(offset)]);
}
