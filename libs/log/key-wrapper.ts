import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { assert } from '@taffrail/platform/assert';
import type { Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Random } from '@taffrail/platform/random';

/** Length of data keys and of the cluster key: AES-256. */
export const KEY_BYTES = 32;

/**
 * The port of whatever guards data keys: the cluster key of a file (`aesKeyWrapper`), or a key server.
 * What `wrap` returns can be stored anywhere; only `unwrap` with the same uid makes a key of it again.
 */
export interface KeyWrapper {
  wrap(uid: Uid, dataKey: Uint8Array): Promise<Uint8Array>;
  /** Throws OperatingError `permission` when another cluster key wrapped it, or it is of another object or damaged. */
  unwrap(uid: Uid, wrapped: Uint8Array): Promise<Buffer>;
}

const VERSION = 1;
const FINGERPRINT_BYTES = 8;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const WRAPPED_BYTES = 1 + FINGERPRINT_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/** Wraps with AES-256-GCM under one key: version, the wrapping key's fingerprint, nonce, ciphertext, tag. Bound to the uid. */
export function aesKeyWrapper(clusterKey: Uint8Array, random: Random): KeyWrapper {
  assert(clusterKey.byteLength === KEY_BYTES, `a cluster key has ${KEY_BYTES} bytes`);
  const key = Buffer.from(clusterKey);
  const fingerprint = createHash('sha256').update('taffrail cluster key').update(key).digest().subarray(0, 8);
  const start = Buffer.concat([Buffer.from([VERSION]), fingerprint]);
  return Object.freeze({
    async wrap(uid: Uid, dataKey: Uint8Array): Promise<Uint8Array> {
      assert(dataKey.byteLength === KEY_BYTES, `a data key has ${KEY_BYTES} bytes`);
      const nonce = random.bytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(bound(start, uid));
      const sealed = Buffer.concat([cipher.update(dataKey), cipher.final()]);
      return Buffer.concat([start, nonce, sealed, cipher.getAuthTag()]);
    },
    async unwrap(uid: Uid, wrapped: Uint8Array): Promise<Buffer> {
      const bytes = Buffer.from(wrapped);
      if (bytes.byteLength !== WRAPPED_BYTES || bytes[0] !== VERSION) throw refused(uid, 'is not one of ours');
      if (!bytes.subarray(1, start.length).equals(fingerprint))
        throw refused(uid, 'was wrapped by another cluster key');
      const nonce = bytes.subarray(start.length, start.length + NONCE_BYTES);
      const sealed = bytes.subarray(start.length + NONCE_BYTES, -TAG_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(bound(start, uid));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(sealed), decipher.final()]);
      } catch (cause) {
        throw refused(uid, 'is damaged or of another object', cause);
      }
    },
  });
}

function bound(start: Buffer, uid: Uid): Buffer {
  return Buffer.concat([start, Buffer.from(uid)]);
}

function refused(uid: Uid, why: string, cause?: unknown): OperatingError {
  return new OperatingError('permission', `the data key of object ${uid} ${why}`, { cause });
}
