import type { Uid } from '@taffrail/platform/brand';

/** What a store knows of an object's data key. */
export type StoredKey =
  | { readonly state: 'kept'; readonly wrapped: Uint8Array }
  /** It was destroyed on purpose; no key will ever be kept for this uid again. */
  | { readonly state: 'destroyed' };

/**
 * The port of the durable store of wrapped data keys, one for each object (by uid). It is neither log nor projection:
 * it forgets, which is what makes erasure possible. Implementations run `key-store.suite.ts`.
 * All methods throw OperatingError `unavailable`, `storage-full`, `aborted` (outcome unknown: ask again).
 */
export interface KeyStore {
  readonly name: string;
  /**
   * Keeps a key for a uid that has none; durable when it resolves. Answers what is there afterwards: the key given, the
   * one somebody kept before, or that it was destroyed.
   */
  keep(uid: Uid, wrapped: Uint8Array, signal?: AbortSignal): Promise<StoredKey>;
  /** Undefined: this store never saw the uid. */
  get(uid: Uid, signal?: AbortSignal): Promise<StoredKey | undefined>;
  /** Every uid it knows. Finishes erasures that a crash interrupted. */
  load(signal: AbortSignal): Promise<ReadonlyMap<Uid, StoredKey>>;
  /** Overwrites the key's bytes and remembers that it was destroyed. For an unknown uid too, and again without effect. */
  destroy(uid: Uid, signal?: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
