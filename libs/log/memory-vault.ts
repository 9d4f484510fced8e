import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import type { KeyStore } from './key-store.ts';
import { aesKeyWrapper } from './key-wrapper.ts';
import { memoryKeyStore } from './memory-key-store.ts';
import { openObjectVault, type ObjectVault, type VaultResource } from './object-vault.ts';

/** A vault for tests and the simulator that encrypts Secrets, over keys in memory or in a given store. All share one cluster key. */
export async function memoryVault(
  store: KeyStore = memoryKeyStore(),
  encrypts: (resource: VaultResource) => boolean = ({ group, resource }) => group === '' && resource === 'secrets',
): Promise<ObjectVault> {
  const wrapper = aesKeyWrapper(Buffer.alloc(32, 1), systemRandom);
  const { signal } = new AbortController();
  return await openObjectVault(
    { store, wrapper, encrypts, clock: systemClock, random: systemRandom, logger: silentLogger },
    signal,
  );
}
