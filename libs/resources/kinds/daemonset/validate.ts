import type { FieldError } from '../../field-error.ts';
import type { DaemonSet, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateCollisions } from '../../validation/at-most-replicas.ts';
import { invalid, notSupported, required, type ShownValue } from '../../validation/field.ts';
import { goIntOrString, goLabelSelector, goStructure } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { asCount, validateAtMostWhole, validateIntOrPercent } from '../../validation/int-or-percent.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { isEmptySelector, validateLabelSelector } from '../../validation/selector.ts';
import { validateLastingPods, validatePodTemplate, validateSelected } from '../../validation/workload.ts';

export function validateDaemonSet(set: Given<DaemonSet>): readonly FieldError[] {
  const { spec = {} } = set;
  const { selector, template = {} } = spec;
  const errors = [
    ...validateLabelSelector(selector, 'spec.selector'),
    ...validateSelected(template, selector, 'spec.template'),
  ];
  if (selector !== undefined && isEmptySelector(selector)) {
    errors.push(invalid('spec.selector', goLabelSelector(selector), 'empty selector is invalid for daemonset'));
  }
  return [
    ...errors,
    ...validatePodTemplate(template, 'spec.template'),
    ...validateLastingPods(template.spec ?? {}, 'spec.template.spec', 'DaemonSet'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateStrategy(spec.updateStrategy ?? {}),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

const PATH = 'spec.updateStrategy';

function validateStrategy({ type = '', rollingUpdate }: Given<DaemonSetUpdateStrategy>): readonly FieldError[] {
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate')
    return [notSupported(PATH, goStrategy(type, rollingUpdate), ['RollingUpdate', 'OnDelete'])];
  if (rollingUpdate === undefined) return [required(`${PATH}.rollingUpdate`)];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const [unavailablePath, surgePath] = [`${PATH}.rollingUpdate.maxUnavailable`, `${PATH}.rollingUpdate.maxSurge`];
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailablePath),
    ...validateIntOrPercent(maxSurge, surgePath),
    ...validateAtMostWhole(maxUnavailable, unavailablePath),
    ...validateAtMostWhole(maxSurge, surgePath),
  ];
  const [unavailable, surge] = [asCount(maxUnavailable), asCount(maxSurge)];
  if (unavailable !== 0 && surge !== 0) {
    errors.push(invalid(surgePath, goIntOrString(maxSurge), 'may not be set when maxUnavailable is non-zero'));
  } else if (unavailable === 0 && surge === 0) {
    errors.push(required(unavailablePath, 'cannot be 0 when maxSurge is 0'));
  }
  return errors;
}

function goStrategy(type: string, rollingUpdate: Given<RollingUpdateDaemonSet> | undefined): ShownValue {
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const shown = rollingUpdate === undefined ? null : { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge };
  return goStructure({ Type: type, RollingUpdate: shown });
}

export function validateDaemonSetUpdate(next: Given<DaemonSet>, previous: Given<DaemonSet>): readonly FieldError[] {
  const selector = next.spec?.selector;
  return validateImmutable(selector, previous.spec?.selector, 'spec.selector', goLabelSelector(selector ?? {}));
}

const COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
  'collisionCount',
] as const;

export function validateDaemonSetStatus(next: Given<DaemonSet>, previous: Given<DaemonSet>): readonly FieldError[] {
  return [
    ...COUNTS.flatMap((count) => validateNonNegative(next.status?.[count], `status.${count}`)),
    ...validateCollisions(next.status?.collisionCount, previous.status?.collisionCount),
  ];
}
