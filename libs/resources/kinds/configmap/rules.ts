import type { ConfigMap } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateConfigMap, validateConfigMapUpdate } from './validate.ts';

export const configMapRules = rulesOf<ConfigMap>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  validate: validateConfigMap,
  changesFirst: true,
  validateUpdate: validateConfigMapUpdate,
  cells: (one) => [
    one.metadata?.name ?? '',
    Object.keys(one.data ?? {}).length + Object.keys(one.binaryData ?? {}).length,
    age(one.metadata),
  ],
});
