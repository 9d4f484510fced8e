import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { openClusterKey } from '@taffrail/log/cluster-key';
import type { NatsLink } from '@taffrail/log/connect';
import { KEYS_STREAM, openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { openObjectVault, type ObjectVault } from '@taffrail/log/object-vault';
import { allResources } from '@taffrail/resources/registry';
import { encryptedResources } from '@taffrail/resources/encrypted-resources';
import type { ApiFlags } from './flags.ts';

interface Tools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Opens the store of data keys with the cluster's key. Throws OperatingError `permission` when the key is missing or another one. */
export async function openVault(
  link: NatsLink,
  flags: Pick<ApiFlags, 'encrypt' | 'clusterKeyFile'>,
  { clock, random, logger, signal }: Tools,
): Promise<ObjectVault> {
  const encrypts = encryptedResources(allResources(), flags.encrypt);
  if (typeof encrypts === 'string') throw new OperatingError('protocol', encrypts);
  const store = await openJetStreamKeyStore(link, KEYS_STREAM);
  const wrapper = await openClusterKey(flags.clusterKeyFile, store, random);
  return await openObjectVault({ store, wrapper, encrypts, clock, random, logger }, signal);
}
