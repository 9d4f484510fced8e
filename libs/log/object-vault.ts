import type { Uid } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { assert } from '@taffrail/platform/assert';
import { KeyCache } from './key-cache.ts';
import type { KeyStore, StoredKey } from './key-store.ts';
import { KEY_BYTES, type KeyWrapper } from './key-wrapper.ts';
import {
  isKeyOf,
  NONCE_BYTES,
  openObject,
  readEnvelope,
  sealObject,
  unreadableObject,
  type Envelope,
} from './sealed-object.ts';

/*
 * The edge between objects in clear, which memory and clients have, and their envelopes, which everything has that is
 * written down: log, second copy, projection, feed, exports, backups. Whoever writes a commit seals, whoever reads one
 * or a row made of one opens; nobody in between knows.
 */

/** A resource, for the question whether it is encrypted. */
export interface VaultResource {
  readonly group: string;
  readonly resource: string;
}

/** An object that is going to be sealed. */
export interface SealRequest {
  readonly uid: Uid;
  /** It is being created: nobody can have kept a key for it. */
  readonly created: boolean;
}

/** Seals and opens objects with a data key of their own each. */
export interface ObjectVault {
  /** Whether a resource's objects are sealed from now on. What was written before stays as it is, and opens as it is. */
  encrypts(resource: VaultResource): boolean;
  /**
   * Makes sure that objects can be sealed: their keys are durable when this resolves. Answers for which uids that did not
   * succeed, with OperatingError `unavailable` or `storage-full`; the others are ready.
   */
  prepare(requests: readonly SealRequest[], signal?: AbortSignal): Promise<ReadonlyMap<Uid, OperatingError>>;
  /** The envelope of an object. Its key must have been prepared. */
  seal(uid: Uid, stored: Uint8Array): Buffer;
  /**
   * The bytes that were sealed; bytes in clear as they are; for a body whose key is gone what is read in its place
   * (`unreadableObject`). At once when the key is at hand. Rejects with OperatingError `unavailable` when the store of
   * keys does not answer, `permission` when another cluster key wrapped the key, `log-corrupt` when the body was altered.
   */
  open(uid: Uid, stored: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /** From now on these objects read as purged, whatever the store still has. */
  forget(uids: Iterable<Uid>): void;
  /** Destroys an object's key for good. Throws OperatingError `unavailable`, `aborted`. */
  destroy(uid: Uid, signal?: AbortSignal): Promise<void>;
}

export interface ObjectVaultOptions {
  readonly store: KeyStore;
  readonly wrapper: KeyWrapper;
  readonly encrypts: (resource: VaultResource) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Opens a vault: learns the keys there are, and finishes erasures that a crash interrupted. Throws as `KeyStore.load`. */
export async function openObjectVault(options: ObjectVaultOptions, signal: AbortSignal): Promise<ObjectVault> {
  const { store, wrapper, encrypts, clock, random, logger } = options;
  const keys = new KeyCache(limits.dataKeysCount);
  const wrapped = new Map<Uid, Uint8Array>();
  const purged = new Set<Uid>();
  const destroyed = new Set<Uid>();
  let warned = false;
  for (const [uid, key] of await store.load(signal)) {
    if (key.state === 'destroyed') destroyed.add(uid);
    else if (wrapped.size < limits.dataKeysCount) wrapped.set(uid, key.wrapped);
  }

  for (const uid of destroyed) purged.add(uid);

  async function unwrapped(uid: Uid, stored: Uint8Array): Promise<Buffer> {
    const key = await wrapper.unwrap(uid, stored);
    wrapped.delete(uid);
    if (!purged.has(uid)) keys.set(uid, key);
    return key;
  }

  /** The key of a uid from wherever it is; undefined when nobody has it. */
  async function find(uid: Uid, abort?: AbortSignal): Promise<Buffer | 'destroyed' | undefined> {
    const known = keys.get(uid);
    if (known !== undefined) return known;
    const loaded = wrapped.get(uid);
    if (loaded !== undefined) return await unwrapped(uid, loaded);
    return await taken(uid, await store.get(uid, abort));
  }

  async function taken(uid: Uid, found: StoredKey | undefined): Promise<Buffer | 'destroyed' | undefined> {
    if (found?.state === 'kept') return await unwrapped(uid, found.wrapped);
    if (found?.state === 'destroyed') forget([uid]);
    return found === undefined ? undefined : 'destroyed';
  }

  async function ensureKey({ uid, created }: SealRequest, abort?: AbortSignal): Promise<void> {
    if (keys.get(uid) !== undefined) return;
    let found = created ? undefined : await find(uid, abort);
    if (found === undefined) {
      const made = Buffer.from(random.bytes(KEY_BYTES));
      const kept = await store.keep(uid, await wrapper.wrap(uid, made), abort);
      found = await taken(uid, kept);
    }
    if (found === 'destroyed' || purged.has(uid)) {
      throw new OperatingError('unavailable', `object ${uid} is being purged`);
    }
  }

  function forget(uids: Iterable<Uid>): void {
    for (const uid of uids) {
      purged.add(uid);
      wrapped.delete(uid);
      keys.erase(uid);
    }
  }

  async function openLate(uid: Uid, envelope: Envelope): Promise<Uint8Array> {
    const key = await find(uid);
    if (purged.has(uid)) return unreadableObject(envelope, 'purged');
    return key === undefined || key === 'destroyed' ? lost(uid, envelope) : opened(uid, envelope, key);
  }

  /** A key that did not seal this body replaced one that was lost. */
  function opened(uid: Uid, envelope: Envelope, key: Buffer): Buffer {
    return isKeyOf(envelope, key) ? openObject(envelope, uid, key) : lost(uid, envelope);
  }

  /** Said once: there may be many, and each of them says so itself. */
  function lost(uid: Uid, envelope: Envelope): Buffer {
    if (!warned) logger.warn({ uid }, 'the key of an object is lost and its contents with it; there may be more');
    warned = true;
    return unreadableObject(envelope, 'key-lost');
  }

  return Object.freeze({
    encrypts,
    async prepare(requests: readonly SealRequest[], abort?: AbortSignal) {
      const failures = new Map<Uid, OperatingError>();
      const missing = requests.filter(({ uid }) => keys.get(uid) === undefined);
      if (missing.length === 0) return failures;
      const ending = new AbortController();
      const late = clock.after(limits.keyStoreAnswerMs, () => ending.abort());
      const within = AbortSignal.any([ending.signal, ...(abort === undefined ? [] : [abort])]);
      await Promise.all(
        missing.map(async (request) => {
          try {
            await ensureKey(request, within);
          } catch (error) {
            if (!(error instanceof OperatingError)) throw error;
            failures.set(request.uid, keyFailure(store.name, error));
          }
        }),
      );
      late();
      return failures;
    },
    seal(uid: Uid, stored: Uint8Array): Buffer {
      const key = keys.get(uid);
      assert(key !== undefined, `the key of object ${uid} was prepared`);
      return sealObject(stored, uid, key, random.bytes(NONCE_BYTES));
    },
    open(uid: Uid, stored: Uint8Array): Uint8Array | Promise<Uint8Array> {
      const envelope = readEnvelope(stored);
      if (envelope === undefined) return stored;
      if (purged.has(uid)) return unreadableObject(envelope, 'purged');
      const key = keys.get(uid);
      return key === undefined ? openLate(uid, envelope) : opened(uid, envelope, key);
    },
    forget,
    async destroy(uid: Uid, abort?: AbortSignal): Promise<void> {
      forget([uid]);
      if (destroyed.has(uid)) return;
      await store.destroy(uid, abort);
      destroyed.add(uid);
    },
  });
}

/** Whatever became of a key that could not be kept: nothing was committed with it, so asking again is safe. */
function keyFailure(store: string, error: OperatingError): OperatingError {
  const { code } = error;
  const known = code === 'storage-full' || code === 'permission' ? code : 'unavailable';
  return new OperatingError(
    known,
    `the store of keys ${store} cannot be used, nothing was stored: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}
