import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { assert } from '@taffrail/platform/assert';
import type { Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';

/*
 * An encrypted object as log, second copy, projection and feed carry it: JSON that begins with kind, apiVersion and
 * metadata like every stored object, so that everything which passes objects on or indexes them works unchanged:
 *
 *   {"kind":…,"apiVersion":…,"metadata":{…clear…},"sealed":{"algorithm":"AES-256-GCM","key":…,"nonce":…,"tag":…,"bytes":…}}
 *
 * `bytes` is the whole object's stored bytes, so that opening gives them back byte for byte. Clear metadata is a copy of
 * what finds and routes an object and nothing else. Annotations are not in it (kubectl keeps the last applied Secret in one),
 * nor are managed fields (they name the keys of `data`). What is clear is authenticated: with another uid, name or label
 * in front of it the object does not open. `key` tells data keys apart: an object whose key was lost and replaced has
 * bodies that its present key cannot open, which is another thing than a body that was altered.
 *
 * What looks like an envelope is one: the writer seals every object that would be taken for one otherwise.
 */

/** The metadata that stays readable, in this order. */
export const CLEAR_METADATA = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'ownerReferences',
  'finalizers',
] as const;

export const NONCE_BYTES = 12;
const ALGORITHM = 'AES-256-GCM';

interface Sealed {
  readonly algorithm: string;
  /** Fingerprint of the data key. */
  readonly key: string;
  readonly nonce: string;
  readonly tag: string;
  readonly bytes: string;
}

/** A parsed envelope. */
export interface Envelope {
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sealed: Sealed;
}

interface Parsed {
  readonly kind: unknown;
  readonly apiVersion: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly sealed?: Partial<Sealed>;
}

/** Encrypts an object's stored bytes (`encodeObject`). A key never sees the same nonce twice: take it at random. */
export function sealObject(stored: Uint8Array, uid: Uid, dataKey: Uint8Array, nonce: Uint8Array): Buffer {
  assert(nonce.byteLength === NONCE_BYTES, `a nonce has ${NONCE_BYTES} bytes`);
  const clear = clearText(parse(stored, uid));
  const cipher = createCipheriv('aes-256-gcm', dataKey, nonce).setAAD(bound(uid, clear));
  const bytes = Buffer.concat([cipher.update(stored), cipher.final()]).toString('base64');
  const sealed: Sealed = {
    algorithm: ALGORITHM,
    key: fingerprint(dataKey),
    nonce: Buffer.from(nonce).toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    bytes,
  };
  return Buffer.from(`${clear.slice(0, -1)},"sealed":${JSON.stringify(sealed)}}`);
}

/** How large an object's envelope will be. `contents` is the parsed form of the bytes. */
export function envelopeBytes(contents: Omit<Parsed, 'sealed'>, storedBytes: number): number {
  return Buffer.byteLength(clearText(contents)) + Math.ceil(storedBytes / 3) * 4 + SEALED_BYTES;
}

/** Room for everything of `sealed` beside its bytes. */
const SEALED_BYTES = 192;

/** How `sealed` begins. A text inside JSON cannot hold this: its quotes would be escaped. */
const SEALED_START = Buffer.from('"sealed":{"algorithm":"');

/** Whether bytes hold an envelope, or at least something that begins like one. */
export function mayHoldEnvelope(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(SEALED_START);
}

/** The envelope that stored bytes are; undefined for an object in clear. Costs clear objects one search. */
export function readEnvelope(stored: Uint8Array): Envelope | undefined {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  if (!mayHoldEnvelope(bytes)) return undefined;
  const { kind, apiVersion, metadata, sealed } = JSON.parse(bytes.toString()) as Parsed;
  const { algorithm, key, nonce, tag, bytes: text } = sealed ?? {};
  if (typeof algorithm !== 'string' || typeof key !== 'string' || typeof nonce !== 'string') return undefined;
  if (typeof tag !== 'string' || typeof text !== 'string') return undefined;
  return { kind, apiVersion, metadata, sealed: { algorithm, key, nonce, tag, bytes: text } };
}

/** Whether this key sealed an envelope. */
export function isKeyOf({ sealed }: Envelope, dataKey: Uint8Array): boolean {
  return sealed.key === fingerprint(dataKey);
}

/** The stored bytes that were sealed. Throws OperatingError `log-corrupt` when anything of it was altered or the key is another. */
export function openObject(envelope: Envelope, uid: Uid, dataKey: Uint8Array): Buffer {
  const { algorithm, nonce, tag, bytes } = envelope.sealed;
  if (algorithm !== ALGORITHM) throw corrupt(uid, `is sealed with ${algorithm}, which this build does not know`);
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
    decipher.setAAD(bound(uid, clearText(envelope))).setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(bytes, 'base64'), decipher.final()]);
  } catch (cause) {
    throw corrupt(uid, 'does not open with its key: it was altered, or the key is another', cause);
  }
}

/** Why a body cannot be read any more. */
export type Unreadable =
  /** Its key was destroyed on purpose. */
  | 'purged'
  /** No store of keys has it: keys were not restored with the log. */
  | 'key-lost';

/** The annotation that says so, on what is read in the place of such a body. */
export const UNREADABLE_ANNOTATION = 'taffrail.dev/unreadable';

/** What is read in the place of a body that cannot be read any more: its clear metadata and an annotation that says why. */
export function unreadableObject(object: Omit<Parsed, 'sealed'>, why: Unreadable): Buffer {
  const { kind, apiVersion, metadata } = JSON.parse(clearText(object)) as Parsed;
  return Buffer.from(
    JSON.stringify({ kind, apiVersion, metadata: { ...metadata, annotations: { [UNREADABLE_ANNOTATION]: why } } }),
  );
}

function fingerprint(dataKey: Uint8Array): string {
  return createHash('sha256').update('taffrail data key').update(dataKey).digest().toString('base64', 0, 8);
}

/** Kind, apiVersion and the clear metadata, as JSON text of an object. */
function clearText({ kind, apiVersion, metadata }: Omit<Parsed, 'sealed'>): string {
  const clear: Record<string, unknown> = {};
  for (const name of CLEAR_METADATA) if (metadata[name] !== undefined) clear[name] = metadata[name];
  return JSON.stringify({ kind, apiVersion, metadata: clear });
}

/** A JSON list, so that no two pairs make the same bytes. */
function bound(uid: Uid, clear: string): Buffer {
  return Buffer.from(JSON.stringify([ALGORITHM, uid, clear]));
}

function parse(bytes: Uint8Array, uid: Uid): Parsed {
  try {
    const parsed = JSON.parse(
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(),
    ) as Parsed | null;
    if (typeof parsed?.metadata === 'object' && parsed.metadata !== null) return parsed;
  } catch (cause) {
    throw corrupt(uid, 'is not JSON', cause);
  }
  throw corrupt(uid, 'has no metadata');
}

function corrupt(uid: Uid, why: string, cause?: unknown): OperatingError {
  return new OperatingError('log-corrupt', `the body of object ${uid} ${why}`, { cause });
}
