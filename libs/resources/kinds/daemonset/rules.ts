import type { DaemonSet } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age, labelsText, selectorText } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { templateWarnings } from '../pod/warnings.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { validateDaemonSet, validateDaemonSetStatus, validateDaemonSetUpdate } from './validate.ts';

const NO_PODS = {
  currentNumberScheduled: 0,
  desiredNumberScheduled: 0,
  numberMisscheduled: 0,
  numberReady: 0,
} as const;

function defaults(set: Draft<DaemonSet>): void {
  const spec = (set.spec ??= {});
  const strategy = (spec.updateStrategy ??= {});
  if ((strategy.type ?? '') === '') strategy.type = 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    strategy.rollingUpdate ??= {};
    strategy.rollingUpdate.maxUnavailable ??= 1;
    strategy.rollingUpdate.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
  defaultPodTemplate((spec.template ??= {}));
  set.status = { ...NO_PODS, ...set.status };
  nullTimes(set.status.conditions, 'lastTransitionTime');
}

export const daemonSetColumns = [
  NAME,
  narrow('Desired', 'Nodes that should run its pod', 'integer'),
  narrow('Current', 'Nodes that run its pod', 'integer'),
  narrow('Ready', 'Nodes whose pod is ready', 'integer'),
  narrow('Up-to-date', 'Nodes whose pod is of the newest template', 'integer'),
  narrow('Available', 'Nodes whose pod is ready for long enough to count', 'integer'),
  narrow('Node Selector', 'Labels of the nodes it runs on'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
  wide('Selector', 'Which pods belong to it'),
] as const;

export const daemonSetRules = rulesOf<DaemonSet>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ ...NO_PODS }),
  generation: true,
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  validateStatus: validateDaemonSetStatus,
  warnings: (set) => templateWarnings(set.spec?.template),
  cells: (set) => [
    set.metadata?.name ?? '',
    set.status?.desiredNumberScheduled ?? 0,
    set.status?.currentNumberScheduled ?? 0,
    set.status?.numberReady ?? 0,
    set.status?.updatedNumberScheduled ?? 0,
    set.status?.numberAvailable ?? 0,
    labelsText(set.spec?.template?.spec?.nodeSelector),
    age(set.metadata),
    containerNames(set.spec?.template?.spec),
    containerImages(set.spec?.template?.spec),
    selectorText(set.spec?.selector),
  ],
});
