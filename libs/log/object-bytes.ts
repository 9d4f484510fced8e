import { assert } from '@taffrail/platform/assert';
import type { Revision } from '@taffrail/platform/brand';
import { type Fields, textOfFields } from './known-fields.ts';

const METADATA_START = Buffer.from('"metadata":{');
const CLOSING_BRACE = 0x7d;

/**
 * Encodes an object for the log: kind, apiVersion and metadata come first, resourceVersion is left out.
 * The bytes never change afterwards; `spliceResourceVersion` puts the revision in when they are read.
 */
export function encodeObject(object: Readonly<Record<string, unknown>>): Buffer {
  const { kind, apiVersion, metadata, ...rest } = object;
  assert(typeof kind === 'string' && typeof apiVersion === 'string', 'a stored object has a kind and an apiVersion');
  const { resourceVersion: _dropped, managedFields, ...storedMetadata } = metadata as Record<string, unknown>;
  const head = JSON.stringify({ kind, apiVersion, metadata: storedMetadata });
  const managed = managedFields === undefined ? '' : `"managedFields":${managersText(managedFields)}`;
  const comma = managed === '' || head.endsWith('{}}') ? '' : ',';
  const body = JSON.stringify(rest);
  return keptBytes(`${head.slice(0, -2)}${comma}${managed}}${body === '{}' ? body.slice(1) : `,${body.slice(1)}`}`);
}

/** What managers own is written as it was read: by far the most of it is of no change's doing. */
function managersText(managedFields: unknown): string {
  if (!Array.isArray(managedFields)) return JSON.stringify(managedFields);
  return `[${managedFields.map((entry: unknown) => managerText(entry)).join(',')}]`;
}

function managerText(entry: unknown): string {
  if (!isObject(entry)) return JSON.stringify(entry);
  const { fieldsV1, subresource, ...head } = entry;
  const fields = isObject(fieldsV1) ? textOfFields(fieldsV1) : undefined;
  if (fields === undefined || Object.keys(head).length === 0) return JSON.stringify(entry);
  const rest = subresource === undefined ? '' : `,"subresource":${JSON.stringify(subresource)}`;
  return `${JSON.stringify(head).slice(0, -1)},"fieldsV1":${fields}${rest}}`;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/**
 * A text's bytes in memory of their own. What Node allocates by itself shares a slab of 64 KiB with whatever was allocated at
 * the same time, and the last one that lives keeps all of it: objects that are replaced one by one would hold ten times
 * their size.
 */
function keptBytes(text: string): Buffer {
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  return bytes;
}

/** A copy in memory of its own, for whoever keeps bytes that are part of something larger. */
export function keptCopy(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.byteLength);
  copy.set(bytes);
  return copy;
}

/** Offset right behind `"metadata":{` of encoded bytes. */
export function metadataOffset(bytes: Uint8Array): number {
  const at = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).indexOf(METADATA_START);
  assert(at > 0, 'stored bytes begin with kind, apiVersion and metadata');
  return at + METADATA_START.length;
}

/** The object's JSON as clients see it: the stored bytes with `metadata.resourceVersion` spliced in. Not to be kept. */
export function spliceResourceVersion(bytes: Uint8Array, at: Revision): Buffer {
  const offset = metadataOffset(bytes);
  const inserted = `"resourceVersion":"${at}"${bytes[offset] === CLOSING_BRACE ? '' : ','}`;
  const length = bytes.byteLength + inserted.length;
  const spliced = Buffer.allocUnsafe(length);
  spliced.set(bytes.subarray(0, offset));
  spliced.write(inserted, offset, 'latin1');
  spliced.set(bytes.subarray(offset), offset + inserted.length);
  return spliced;
}
