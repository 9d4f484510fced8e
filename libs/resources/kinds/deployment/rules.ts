import type { Deployment } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { equal, rulesOf } from '../strategy.ts';
import { workloadWarnings } from '../workload-warnings.ts';
import { deploymentCells } from './table.ts';
import { validateDeployment, validateDeploymentStatus, validateDeploymentUpdate } from './validate.ts';

function defaults(deployment: Draft<Deployment>): void {
  const spec = (deployment.spec ??= {});
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  const strategy = (spec.strategy ??= {});
  if (strategy.type === undefined || strategy.type === '') strategy.type = 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= '25%';
    strategy.rollingUpdate.maxSurge ??= '25%';
  }
  defaultPodTemplate((spec.template ??= {}));
  deployment.status ??= {};
  nullTimes(deployment.status.conditions, 'lastUpdateTime', 'lastTransitionTime');
}

/** Annotations count as a change too: rolling back and recording a change cause touch only them. */
function countAnnotations(next: Draft<Deployment>, previous: Given<Deployment>): void {
  const specChanged = !equal(next.spec, previous.spec);
  const annotations = [next.metadata?.annotations ?? {}, previous.metadata?.annotations ?? {}] as const;
  const changed = specChanged || !equal(annotations[0], annotations[1]);
  const generation = previous.metadata?.generation ?? 0;
  (next.metadata ??= {}).generation = changed ? generation + 1 : generation;
}

/** Whoever reports status does not relabel. */
function keepLabels(next: Draft<Deployment>, previous: Given<Deployment>): void {
  const metadata = (next.metadata ??= {});
  if (previous.metadata?.labels === undefined) delete metadata.labels;
  else metadata.labels = { ...previous.metadata.labels };
}

export const deploymentRules = rulesOf<Deployment>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({}),
  prepareForCreate(deployment) {
    (deployment.metadata ??= {}).generation = 1;
  },
  prepareForUpdate(next, previous, subresource) {
    if (subresource === 'status') keepLabels(next, previous);
    else countAnnotations(next, previous);
  },
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatus: validateDeploymentStatus,
  warnings: workloadWarnings,
  cells: deploymentCells,
});
