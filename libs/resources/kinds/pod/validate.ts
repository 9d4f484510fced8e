import type { FieldError } from '../../field-error.ts';
import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index } from '../../validation/field.ts';
import { validateImageSpaces } from '../../validation/pod/containers.ts';
import { validatePodSpec } from '../../validation/pod/spec.ts';

/** A pod as it is created or updated. */
export function validatePod(pod: Given<Pod>): readonly FieldError[] {
  const spec = pod.spec ?? {};
  return [
    ...validatePodSpec(spec, 'spec', true),
    ...(spec.containers ?? []).flatMap((one, at) => validateImageSpaces(one, index('spec.containers', at))),
    ...(spec.initContainers ?? []).flatMap((one, at) => validateImageSpaces(one, index('spec.initContainers', at))),
  ];
}

/** What only holds while a pod is created. */
export function validatePodCreation(pod: Given<Pod>): readonly FieldError[] {
  const { nodeName = '', schedulingGates = [], ephemeralContainers = [] } = pod.spec ?? {};
  const errors: FieldError[] = [];
  if (ephemeralContainers.length > 0)
    errors.push(forbidden(child('spec', 'ephemeralContainers'), 'cannot be set on create'));
  if (nodeName !== '' && schedulingGates.length > 0) {
    errors.push(forbidden(child('spec', 'nodeName'), 'cannot be set until all schedulingGates have been cleared'));
  }
  return errors;
}
