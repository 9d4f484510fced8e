import type { FieldError } from '../../field-error.ts';
import type { Deployment, DeploymentSpec, RollingUpdateDeployment } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { forbidden, invalid, notSupported, required, type ShownValue } from '../../validation/field.ts';
import { goIntOrString, goLabelSelector, goStructure } from '../../validation/go-syntax.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { asCount, validateAtMostWhole, validateIntOrPercent } from '../../validation/int-or-percent.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { REPLICATED, validateReplicatedTemplate, validateWorkload } from '../../validation/workload.ts';
import { equal } from '../strategy.ts';

const STRATEGIES: readonly string[] = ['Recreate', 'RollingUpdate'];

export function validateDeployment(deployment: Given<Deployment>): readonly FieldError[] {
  const { spec = {} } = deployment;
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateWorkload(spec, REPLICATED, validateReplicatedTemplate),
    ...validateStrategy(spec),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
    ...validateDeadline(spec),
  ];
}

function validateDeadline(spec: Given<DeploymentSpec>): readonly FieldError[] {
  const { progressDeadlineSeconds, minReadySeconds = 0 } = spec;
  if (progressDeadlineSeconds === undefined) return [];
  const path = 'spec.progressDeadlineSeconds';
  const errors = [...validateNonNegative(progressDeadlineSeconds, path)];
  if (progressDeadlineSeconds <= minReadySeconds) {
    errors.push(invalid(path, progressDeadlineSeconds, 'must be greater than minReadySeconds'));
  }
  return errors;
}

function validateStrategy(spec: Given<DeploymentSpec>): readonly FieldError[] {
  const path = 'spec.strategy';
  const { type = '', rollingUpdate } = spec.strategy ?? {};
  if (type === 'Recreate') {
    const detail = "may not be specified when strategy `type` is 'Recreate'";
    return rollingUpdate === undefined ? [] : [forbidden(`${path}.rollingUpdate`, detail)];
  }
  if (type !== 'RollingUpdate') return [notSupported(path, goStrategy(type, rollingUpdate), STRATEGIES)];
  if (rollingUpdate === undefined)
    return [required(`${path}.rollingUpdate`, 'this should be defaulted and never be nil')];
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate;
  const unavailablePath = `${path}.rollingUpdate.maxUnavailable`;
  const errors = [
    ...validateIntOrPercent(maxUnavailable, unavailablePath),
    ...validateIntOrPercent(maxSurge, `${path}.rollingUpdate.maxSurge`),
  ];
  if (asCount(maxUnavailable) === 0 && asCount(maxSurge) === 0) {
    errors.push(invalid(unavailablePath, goIntOrString(maxUnavailable), 'may not be 0 when `maxSurge` is 0'));
  }
  return [...errors, ...validateAtMostWhole(maxUnavailable, unavailablePath)];
}

function goStrategy(type: string, rollingUpdate: Given<RollingUpdateDeployment> | undefined): ShownValue {
  const { maxUnavailable = 0, maxSurge = 0 } = rollingUpdate ?? {};
  const shown = rollingUpdate === undefined ? null : { MaxUnavailable: maxUnavailable, MaxSurge: maxSurge };
  return goStructure({ Type: type, RollingUpdate: shown });
}

export function validateDeploymentUpdate(next: Given<Deployment>, previous: Given<Deployment>): readonly FieldError[] {
  const [now, before] = [next.spec?.selector, previous.spec?.selector];
  if (equal(now, before)) return [];
  return [invalid('spec.selector', goLabelSelector(now ?? {}), FIELD_IMMUTABLE)];
}

export function validateDeploymentStatus(next: Given<Deployment>, previous: Given<Deployment>): readonly FieldError[] {
  const { status = {} } = next;
  const fields = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
    'collisionCount',
  ] as const;
  const errors = fields.flatMap((field) => [...validateNonNegative(status[field], `status.${field}`)]);
  for (const field of ['updatedReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status[field] ?? 0) > (status.replicas ?? 0)) {
      errors.push(invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  }
  if ((status.collisionCount ?? 0) < (previous.status?.collisionCount ?? 0)) {
    errors.push(invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented'));
  }
  return errors;
}
