import type { Pod } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { rulesOf } from '../strategy.ts';
import { applyAppArmorAnnotations } from './apparmor-annotations.ts';
import { defaultPod, defaultPodResources } from './defaults.ts';
import { keepAllButEphemeral } from './ephemeral-containers.ts';
import { applyLabelKeys } from './label-keys.ts';
import { qosClass } from './qos.ts';
import { keepAllButSizes } from './resize.ts';
import { keepReported } from './status-update.ts';
import { podCells } from './table.ts';
import { validateNewPod } from './validate.ts';
import { validatePodStatusUpdate } from './validate-status.ts';
import { validatePodUpdate } from './validate-update.ts';
import { podStatusWarnings, podWarnings } from './warnings.ts';

export const podRules = rulesOf<Pod>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults: defaultPod,
  initialStatus: (pod) => ({ phase: 'Pending', qosClass: qosClass(pod), ...gatedConditions(pod) }),
  prepareForCreate,
  prepareForUpdate,
  validateCreation: validateNewPod,
  validateUpdate: validatePodUpdate,
  validateStatus: validatePodStatusUpdate,
  warnings: podWarnings,
  statusWarnings: podStatusWarnings,
  selectable: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
  cells: podCells,
});

/** A pod whose gates are closed says so from the start: no scheduler looks at it. */
function gatedConditions(pod: Given<Pod>): MutableJsonObject {
  if ((pod.spec?.schedulingGates ?? []).length === 0) return {};
  const message = 'Scheduling is blocked due to non-empty scheduling gates';
  const condition = { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message };
  return { conditions: [{ ...condition, lastProbeTime: null, lastTransitionTime: null }] };
}

function prepareForCreate(pod: Draft<Pod>): void {
  applyLabelKeys(pod);
  applyAppArmorAnnotations(pod);
}

function prepareForUpdate(next: Draft<Pod>, previous: Given<Pod>, subresource: string): void {
  if (subresource === 'status') keepReported(next, previous);
  else {
    if (subresource === 'ephemeralcontainers') keepAllButEphemeral(next, previous);
    if (subresource === 'resize') {
      keepAllButSizes(next, previous);
      defaultPodResources(next);
    }
  }
}
