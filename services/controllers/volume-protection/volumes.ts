import type { Controller } from '@taffrail/controller/controller';
import type { PersistentVolume } from '@taffrail/resources/generated/types';
import { PERSISTENT_VOLUMES } from '../resource-names.ts';
import { ownKey, protect } from './protection.ts';

const PROTECTION = { resource: PERSISTENT_VOLUMES, finalizer: 'kubernetes.io/pv-protection' };

/** Keeps a volume that is to go for as long as it is bound to a claim. */
export const volumeProtectionController: Controller = Object.freeze<Controller>({
  name: 'pv-protection-controller',
  follows: [{ resource: PERSISTENT_VOLUMES, keys: ownKey }],
  plan(view, key) {
    const volume = view.get(PERSISTENT_VOLUMES, '', key.name);
    return protect(PROTECTION, volume, (object) => (object as unknown as PersistentVolume).status?.phase === 'Bound');
  },
});
