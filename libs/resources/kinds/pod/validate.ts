import type { FieldError } from '../../field-error.ts';
import type { Pod, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index } from '../../validation/field.ts';
import { MIRROR, validatePodAnnotations, validateProfilesMatch } from '../../validation/pod/annotations.ts';
import { validateImageSpaces } from '../../validation/pod/containers.ts';
import { validatePodSpec } from '../../validation/pod/spec.ts';

const ANNOTATIONS = 'metadata.annotations';

/** What holds for every pod, whether it is created or changed. */
export function validatePod(pod: Given<Pod>): readonly FieldError[] {
  const { metadata = {}, spec = {} } = pod;
  const mirror = metadata.annotations?.[MIRROR] !== undefined;
  const errors = [
    ...validatePodAnnotations(metadata.annotations, spec, ANNOTATIONS),
    ...validatePodSpec(spec, 'spec', { name: metadata.name ?? '', mirror }),
  ];
  if ((spec.serviceAccountName ?? '') === '') errors.push(...validateNoTokens(spec));
  for (const list of ['containers', 'initContainers'] as const) {
    for (const [at, one] of (spec[list] ?? []).entries()) {
      errors.push(...validateImageSpaces(one, index(child('spec', list), at)));
    }
  }
  return errors;
}

/** A pod without an account has no tokens of one. */
function validateNoTokens(spec: Given<PodSpec>): readonly FieldError[] {
  return (spec.volumes ?? []).flatMap((volume, at) =>
    (volume.projected?.sources ?? []).flatMap((source, sourceAt) => {
      if (source.serviceAccountToken === undefined) return [];
      const sources = child(index('spec.volumes', at), 'projected', 'sources');
      const here = child(index(sources, sourceAt), 'serviceAccountToken');
      return [forbidden(here, 'must not be specified when serviceAccountName is not set')];
    }),
  );
}

/** A pod that is created. */
export function validateNewPod(pod: Given<Pod>): readonly FieldError[] {
  const { nodeName = '', schedulingGates = [], ephemeralContainers = [] } = pod.spec ?? {};
  const errors = [...validatePod(pod)];
  if (ephemeralContainers.length > 0) errors.push(forbidden('spec.ephemeralContainers', 'cannot be set on create'));
  if (nodeName !== '' && schedulingGates.length > 0) {
    errors.push(forbidden('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  errors.push(...validateProfilesMatch(pod.metadata?.annotations, pod.spec ?? {}, 'spec'));
  return errors;
}

/** A pod that is changed. */
export function validateChangedPod(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  return newFaults(validatePod(next), () => validatePod(previous));
}

/**
 * What was wrong with a pod before is no reason to refuse a change of something else: it may have been made under laxer
 * rules, and its finalizers have to come off one day.
 */
export function newFaults(errors: readonly FieldError[], before: () => readonly FieldError[]): readonly FieldError[] {
  if (errors.length === 0) return errors;
  const known = new Set(before().map(identityOf));
  return errors.filter((error) => !known.has(identityOf(error)));
}

function identityOf({ type, field, message }: FieldError): string {
  return [type, field, message].join('\n');
}
