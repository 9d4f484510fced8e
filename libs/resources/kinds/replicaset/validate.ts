import type { FieldError } from '../../field-error.ts';
import type { ReplicaSet } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateReplicaCounts } from '../../validation/at-most-replicas.ts';
import { invalid } from '../../validation/field.ts';
import { goLabelSelector } from '../../validation/go-syntax.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { REPLICATED, validateReplicatedTemplate, validateWorkload } from '../../validation/workload.ts';
import { equal } from '../strategy.ts';

export function validateReplicaSet(set: Given<ReplicaSet>): readonly FieldError[] {
  const { spec = {} } = set;
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateWorkload(spec, REPLICATED, validateReplicatedTemplate),
  ];
}

export function validateReplicaSetUpdate(next: Given<ReplicaSet>, previous: Given<ReplicaSet>): readonly FieldError[] {
  const [now, before] = [next.spec?.selector, previous.spec?.selector];
  if (equal(now, before)) return [];
  return [invalid('spec.selector', goLabelSelector(now ?? {}), FIELD_IMMUTABLE)];
}

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;
const COUNTS = ['replicas', ...PARTS, 'terminatingReplicas', 'observedGeneration'] as const;

export function validateReplicaSetStatus(next: Given<ReplicaSet>): readonly FieldError[] {
  const { status = {} } = next;
  const errors = [...validateReplicaCounts(status, COUNTS, PARTS, status.replicas ?? 0)];
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'));
  }
  return errors;
}
