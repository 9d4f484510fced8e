import type { ReplicaSet } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { rulesOf } from '../strategy.ts';
import { workloadWarnings } from '../workload-warnings.ts';
import { replicaSetCells } from './table.ts';
import { validateReplicaSet, validateReplicaSetStatus, validateReplicaSetUpdate } from './validate.ts';

function defaults(set: Draft<ReplicaSet>): void {
  const spec = (set.spec ??= {});
  spec.replicas ??= 1;
  defaultPodTemplate((spec.template ??= {}));
  const status = (set.status ??= {});
  status.replicas ??= 0;
  nullTimes(status.conditions, 'lastTransitionTime');
}

export const replicaSetRules = rulesOf<ReplicaSet>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ replicas: 0 }),
  generation: true,
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatus: validateReplicaSetStatus,
  warnings: workloadWarnings,
  selectable: { 'status.replicas': (set) => String(set.status?.replicas ?? 0) },
  cells: replicaSetCells,
});
