import { createCipheriv, createDecipheriv } from 'node:crypto';
import { assert } from '@taffrail/platform/assert';
import type { Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';

/*
 * An encrypted object as log, second copy, projection and feed carry it: JSON that begins with kind, apiVersion and
 * metadata like every stored object, so that everything which passes objects on or indexes them works unchanged:
 *
 *   {"kind":…,"apiVersion":…,"metadata":{…clear…},"sealed":{"algorithm":"AES-256-GCM","nonce":…,"tag":…,"bytes":…}}
 *
 * `bytes` is the whole object's stored bytes, so that opening gives them back byte for byte. Clear metadata is a copy of
 * what finds and routes an object and nothing else. Annotations are not in it (kubectl keeps the last applied Secret in one),
 * nor are managed fields (they name the keys of `data`). What is clear is authenticated: with another uid, name or label
 * in front of it the object does not open.
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
  readonly nonce: string;
  readonly tag: string;
  readonly bytes: string;
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
    nonce: Buffer.from(nonce).toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
    bytes,
  };
  return Buffer.from(`${clear.slice(0, -1)},"sealed":${JSON.stringify(sealed)}}`);
}

/** The stored bytes that were sealed. Throws OperatingError `log-corrupt` when anything of it was altered or the key is another. */
export function openObject(envelope: Uint8Array, uid: Uid, dataKey: Uint8Array): Buffer {
  const parsed = parse(envelope, uid);
  const { algorithm, nonce, tag, bytes } = parsed.sealed ?? {};
  if (algorithm !== ALGORITHM || typeof nonce !== 'string' || typeof tag !== 'string' || typeof bytes !== 'string') {
    throw corrupt(uid, 'is not a sealed object this build knows');
  }
  try {
    const decipher = createDecipheriv('aes-256-gcm', dataKey, Buffer.from(nonce, 'base64'), { authTagLength: 16 });
    decipher.setAAD(bound(uid, clearText(parsed))).setAuthTag(Buffer.from(tag, 'base64'));
    return Buffer.concat([decipher.update(bytes, 'base64'), decipher.final()]);
  } catch (cause) {
    throw corrupt(uid, 'does not open with its key: it was altered, or the key is another', cause);
  }
}

/** Kind, apiVersion and the clear metadata, as JSON text of an object. */
function clearText({ kind, apiVersion, metadata }: Parsed): string {
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
