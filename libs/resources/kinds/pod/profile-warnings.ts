import type { PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { key, type Path } from '../../validation/field.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { SECCOMP_POD } from '../../validation/pod/annotations.ts';

/** Annotations that do nothing any more, in the order in which they are looked for. */
const WITHOUT_EFFECT: readonly (readonly [string, string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];

export const SECCOMP_WITHOUT_EFFECT = 'non-functional in v1.27+; use the "seccompProfile" field instead';

export function annotationWarnings(annotations: GivenMap | undefined, path: Path): readonly string[] {
  if (annotations === undefined) return [];
  return WITHOUT_EFFECT.filter(([name]) => annotations[name] !== undefined).map(
    ([name, why]) => `${key(path, name)}: ${why}`,
  );
}

/** A profile of the pod that is only given by its annotation. */
export function profileWarnings(
  annotations: GivenMap | undefined,
  spec: Given<PodSpec>,
  path: Path,
): readonly string[] {
  if (annotations?.[SECCOMP_POD] === undefined || spec.securityContext?.seccompProfile !== undefined) return [];
  return [`${key(path, SECCOMP_POD)}: ${SECCOMP_WITHOUT_EFFECT}`];
}
