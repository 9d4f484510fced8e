import type { Uid } from '@taffrail/platform/brand';
import type { KeyStore, StoredKey } from './key-store.ts';

/** A key store in memory, for tests and the simulator. */
export function memoryKeyStore(name = 'KEYS'): KeyStore {
  const keys = new Map<Uid, StoredKey>();
  return Object.freeze({
    name,
    async keep(uid: Uid, wrapped: Uint8Array): Promise<StoredKey> {
      const kept = keys.get(uid) ?? { state: 'kept', wrapped: Buffer.from(wrapped) };
      keys.set(uid, kept);
      return kept;
    },
    get: async (uid: Uid) => keys.get(uid),
    load: async () => new Map(keys),
    async destroy(uid: Uid): Promise<void> {
      keys.set(uid, { state: 'destroyed' });
    },
    close: async () => undefined,
  });
}
