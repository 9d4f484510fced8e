import type { FieldError } from '../../field-error.ts';
import type { Container, ContainerStatus, Pod, PodSchedulingGate, PodSpec, Toleration } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { ipAddress } from '../../syntax/ip.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { child, forbidden, index, invalid, invalids, type Path } from '../../validation/field.ts';
import { validateTolerations } from '../../validation/pod/scheduling.ts';
import { equal } from '../strategy.ts';
import { changedPaths } from './changed-paths.ts';
import { validateEphemeralUpdate } from './ephemeral-containers.ts';
import { validateResize } from './resize.ts';

const SPEC: Path = 'spec';
const INT32_MAXIMUM = 2 ** 31 - 1;
const UPDATABLE = [
  '`spec.containers[*].image`',
  '`spec.initContainers[*].image`',
  '`spec.activeDeadlineSeconds`',
  '`spec.tolerations` (only additions to existing tolerations)',
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
].join(',');

/** Of a pod's spec only what can change while it runs may change. */
export function validatePodUpdate(next: Given<Pod>, previous: Given<Pod>, subresource: string): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  if (subresource === 'ephemeralcontainers') return validateEphemeralUpdate(next, previous);
  if (subresource === 'resize') return validateResize(next, previous);
  const countErrors = (['containers', 'initContainers'] as const).flatMap((field) =>
    (now[field] ?? []).length === (before[field] ?? []).length
      ? []
      : [forbidden(child(SPEC, field), 'pod updates may not add or remove containers')],
  );
  if (countErrors.length > 0) return countErrors;
  const errors = [
    ...validateDeadline(now, before),
    ...validateOnlyAddedTolerations(now.tolerations ?? [], before.tolerations ?? []),
    ...validateOnlyDeletedGates(now.schedulingGates ?? [], before.schedulingGates ?? []),
  ];
  const allowed = withAllowedChanges(now, before, errors);
  if (equal(allowed, before)) return errors;
  const changes = changedPaths(before, allowed, SPEC).join('\n');
  const detail = `pod updates may not change fields other than ${UPDATABLE}\n${changes}\n`;
  return [...errors, forbidden(SPEC, detail)];
}

/** The new spec with everything put back that may change: what is left must be the old spec. */
function withAllowedChanges(now: Given<PodSpec>, before: Given<PodSpec>, errors: FieldError[]): JsonValue {
  const images = (field: 'containers' | 'initContainers'): readonly Given<Container>[] | undefined =>
    now[field]?.map((container, at) => ({ ...container, image: before[field]?.[at]?.image }));
  const wasNegative = (before.terminationGracePeriodSeconds ?? 0) < 0 && now.terminationGracePeriodSeconds === 1;
  const gated = (before.schedulingGates ?? []).length > 0;
  if (gated) errors.push(...validateNodeSelectorAdditions(now, before));
  return {
    ...now,
    containers: images('containers'),
    initContainers: images('initContainers'),
    activeDeadlineSeconds: before.activeDeadlineSeconds,
    schedulingGates: before.schedulingGates,
    tolerations: before.tolerations,
    ...(wasNegative ? { terminationGracePeriodSeconds: before.terminationGracePeriodSeconds } : {}),
    ...(gated ? { nodeSelector: before.nodeSelector } : {}),
  };
}

function validateNodeSelectorAdditions(now: Given<PodSpec>, before: Given<PodSpec>): readonly FieldError[] {
  const kept = Object.entries(before.nodeSelector ?? {}).every(([name, value]) => now.nodeSelector?.[name] === value);
  const path = child(SPEC, 'nodeSelector');
  const shown = { goSyntax: JSON.stringify(now.nodeSelector ?? {}) };
  return kept
    ? []
    : [invalid(path, shown, 'only additions to spec.nodeSelector are allowed (no mutations or deletions)')];
}

function validateDeadline(now: Given<PodSpec>, before: Given<PodSpec>): readonly FieldError[] {
  const path = child(SPEC, 'activeDeadlineSeconds');
  const [value, old] = [now.activeDeadlineSeconds, before.activeDeadlineSeconds];
  if (value === undefined) {
    return old === undefined ? [] : [invalid(path, undefined, 'must not update from a positive integer to nil value')];
  }
  if (value < 0 || value > INT32_MAXIMUM) return [invalid(path, value, rangeFault(0, INT32_MAXIMUM))];
  return old !== undefined && old < value ? [invalid(path, value, 'must be less than or equal to previous value')] : [];
}

function validateOnlyAddedTolerations(
  now: readonly Given<Toleration>[],
  before: readonly Given<Toleration>[],
): readonly FieldError[] {
  const path = child(SPEC, 'tolerations');
  const same = (one: Given<Toleration>, other: Given<Toleration>): boolean =>
    equal({ ...one, tolerationSeconds: undefined }, { ...other, tolerationSeconds: undefined });
  if (!before.every((old) => now.some((one) => same(one, old)))) {
    return [forbidden(path, 'existing toleration can not be modified except its tolerationSeconds')];
  }
  return validateTolerations(now, path);
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

/** A node agent's report: addresses are addresses, and a container that ended for good does not come back. */
export function validatePodStatusUpdate(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  const { status = {} } = next;
  const errors = (['podIPs', 'hostIPs'] as const).flatMap((field) =>
    (status[field] ?? []).flatMap(({ ip = '' }, at) => invalids(index(child('status', field), at), ip, ipAddress(ip))),
  );
  const policy = next.spec?.restartPolicy;
  return [
    ...errors,
    ...validateTransitions(status.containerStatuses ?? [], previous.status?.containerStatuses ?? [], policy),
  ];
}

function validateTransitions(
  now: readonly Given<ContainerStatus>[],
  before: readonly Given<ContainerStatus>[],
  restartPolicy: string | undefined,
): readonly FieldError[] {
  if (restartPolicy === 'Always') return [];
  return before.flatMap((old, at) => {
    const ended = old.state?.terminated;
    if (ended === undefined || ((ended.exitCode ?? 0) !== 0 && restartPolicy === 'OnFailure')) return [];
    const current = now.find((one) => one.name === old.name);
    if (current === undefined || current.state?.terminated !== undefined) return [];
    const path = child(index('status.containerStatuses', at), 'state');
    return [forbidden(path, 'may not be transitioned to non-terminated state')];
  });
}
