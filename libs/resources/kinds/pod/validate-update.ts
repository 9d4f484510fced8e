import type { FieldError } from '../../field-error.ts';
import type { Affinity, Container, Pod, PodSchedulingGate, PodSpec, Toleration } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { child, forbidden, index, invalid, type Path } from '../../validation/field.ts';
import { equal } from '../strategy.ts';
import { validateAnnotationUpdate } from './annotation-update.ts';
import { changedPaths } from './changed-paths.ts';
import { validateEphemeralUpdate } from './ephemeral-containers.ts';
import { validateGatedAffinity, validateGatedSelector } from './gated.ts';
import { validateResize } from './resize.ts';
import { validateChangedPod } from './validate.ts';

const SPEC: Path = 'spec';
const INT32_MAXIMUM = 2 ** 31 - 1;
const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** What may be changed of a pod, and through which of its subresources. */
export function validatePodUpdate(next: Given<Pod>, previous: Given<Pod>, subresource: string): readonly FieldError[] {
  if (subresource === 'resize') return validateResize(next, previous);
  if (subresource === 'ephemeralcontainers') return validateEphemeralUpdate(next, previous);
  return [
    ...validateChangedPod(next, previous),
    ...validateAnnotationUpdate(next, previous),
    ...validateSpecUpdate(next.spec ?? {}, previous.spec ?? {}),
  ];
}

/** Of a pod's spec only what can change while it runs may change. */
function validateSpecUpdate(now: Given<PodSpec>, before: Given<PodSpec>): readonly FieldError[] {
  for (const list of ['containers', 'initContainers'] as const) {
    if ((now[list] ?? []).length !== (before[list] ?? []).length) {
      return [forbidden(child(SPEC, list), 'pod updates may not add or remove containers')];
    }
  }
  const deadline = validateDeadline(now.activeDeadlineSeconds, before.activeDeadlineSeconds);
  if (deadline !== undefined && now.activeDeadlineSeconds !== undefined) return [deadline];
  const errors = [
    ...(deadline === undefined ? [] : [deadline]),
    ...validateOnlyAddedTolerations(now.tolerations ?? [], before.tolerations ?? []),
    ...validateOnlyDeletedGates(now.schedulingGates ?? [], before.schedulingGates ?? []),
  ];
  if (equal(now, before)) return errors;
  const isGated = (before.schedulingGates ?? []).length > 0;
  if (isGated) {
    errors.push(...validateGatedSelector(now.nodeSelector, before.nodeSelector));
    errors.push(...validateGatedAffinity(now.affinity?.nodeAffinity, before.affinity?.nodeAffinity));
  }
  const allowed = withAllowedChanges(now, before, isGated);
  if (equal(allowed, before)) return errors;
  const changes = changedPaths(before, allowed, SPEC).join('\n');
  const detail = `pod updates may not change fields other than ${UPDATABLE}\n${changes}\n`;
  return [...errors, forbidden(SPEC, detail)];
}

/** The new spec with everything put back that may change: what is left must be the old spec. */
function withAllowedChanges(now: Given<PodSpec>, before: Given<PodSpec>, isGated: boolean): JsonValue {
  const images = (field: 'containers' | 'initContainers'): readonly Given<Container>[] | undefined =>
    now[field]?.map((container, at) => ({ ...container, image: before[field]?.[at]?.image }));
  const wasNegative = (before.terminationGracePeriodSeconds ?? 0) < 0 && now.terminationGracePeriodSeconds === 1;
  return {
    ...now,
    containers: images('containers'),
    initContainers: images('initContainers'),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
    ...(wasNegative ? { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds } : {}),
    ...(isGated ? { nodeSelector: before.nodeSelector, affinity: affinityBefore(now.affinity, before.affinity) } : {}),
  };
}

/** The new affinity with the affinity to nodes it had; none at all where that is all there is to it. */
function affinityBefore(
  now: Given<Affinity> | undefined,
  before: Given<Affinity> | undefined,
): Given<Affinity> | undefined {
  const others = now?.podAffinity ?? now?.podAntiAffinity;
  if (before === undefined && others === undefined) return undefined;
  return { ...now, nodeAffinity: before?.nodeAffinity };
}

/** It is set once, and then only comes closer. */
function validateDeadline(now: number | undefined, before: number | undefined): FieldError | undefined {
  const path = child(SPEC, 'activeDeadlineSeconds');
  if (now === before) return undefined;
  if (now === undefined) return invalid(path, undefined, 'must not update from a positive integer to nil value');
  if (now < 0 || now > INT32_MAXIMUM) return invalid(path, now, rangeFault(0, INT32_MAXIMUM));
  if (before === undefined || before >= now) return undefined;
  return invalid(path, now, 'must be less than or equal to previous value');
}

function validateOnlyAddedTolerations(
  now: readonly Given<Toleration>[],
  before: readonly Given<Toleration>[],
): readonly FieldError[] {
  const same = (one: Given<Toleration>, other: Given<Toleration>): boolean =>
    (['key', 'operator', 'value', 'effect'] as const).every((field) => (one[field] ?? '') === (other[field] ?? ''));
  if (before.every((old) => now.some((one) => same(one, old)))) return [];
  const detail = 'existing toleration can not be modified except its tolerationSeconds';
  return [forbidden(child(SPEC, 'tolerations'), detail)];
}

function validateOnlyDeletedGates(
  now: readonly Given<PodSchedulingGate>[],
  before: readonly Given<PodSchedulingGate>[],
): readonly FieldError[] {
  const known = new Set(before.map((gate) => gate.name));
  return now.flatMap((gate, at) =>
    known.has(gate.name)
      ? []
      : [
          forbidden(
            child(index(child(SPEC, 'schedulingGates'), at), 'name'),
            `only deletion is allowed, but found new scheduling gate '${gate.name ?? ''}'`,
          ),
        ],
  );
}
