import type { FieldError } from '../../field-error.ts';
import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validatePodSpec } from '../../validation/pod/spec.ts';

/** A pod as it is created or updated. */
export function validatePod(pod: Given<Pod>): readonly FieldError[] {
  return validatePodSpec(pod.spec ?? {}, 'spec');
}
