import type { FieldError } from '../../field-error.ts';
import type { ReplicaSet } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { invalid } from '../../validation/field.ts';
import { goLabelSelector } from '../../validation/go-syntax.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { validateWorkloadSelector, validateWorkloadTemplate } from '../../validation/workload.ts';
import { equal } from '../strategy.ts';

export function validateReplicaSet(set: Given<ReplicaSet>): readonly FieldError[] {
  const { spec = {} } = set;
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateWorkloadSelector(spec.selector, 'spec.selector', 'deployment'),
    ...validateWorkloadTemplate(spec.template, spec.selector, 'spec.template'),
  ];
}

export function validateReplicaSetUpdate(next: Given<ReplicaSet>, previous: Given<ReplicaSet>): readonly FieldError[] {
  const [now, before] = [next.spec?.selector, previous.spec?.selector];
  if (equal(now, before)) return [];
  return [invalid('spec.selector', goLabelSelector(now ?? {}), FIELD_IMMUTABLE)];
}

export function validateReplicaSetStatus(next: Given<ReplicaSet>): readonly FieldError[] {
  const { status = {} } = next;
  const replicas = status.replicas ?? 0;
  const errors = (['replicas', 'fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const).flatMap(
    (field) => [...validateNonNegative(status[field], `status.${field}`)],
  );
  for (const field of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status[field] ?? 0) > replicas) {
      errors.push(invalid(`status.${field}`, status[field], 'cannot be greater than status.replicas'));
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  }
  return [...errors, ...validateNonNegative(status.observedGeneration, 'status.observedGeneration')];
}
