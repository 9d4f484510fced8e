import type { FieldError } from '../../field-error.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index, type Path } from '../../validation/field.ts';

/** A container that ended for good does not come back; `previous` says which those are. */
export function validateTransitions(next: Given<Pod>, previous: Given<Pod>): readonly FieldError[] {
  const { spec = {}, status: before = {} } = previous;
  const { status: now = {} } = next;
  const errors: FieldError[] = [];
  if (!restartsTogether(spec)) {
    for (const [list, field] of [
      ['containers', 'containerStatuses'],
      ['initContainers', 'initContainerStatuses'],
    ] as const) {
      errors.push(
        ...validateList(now[field] ?? [], before[field] ?? [], child('status', field), ({ name }, exitCode) => {
          const container = spec[list]?.find((one) => one.name === name);
          return container !== undefined && restarts(container, spec, exitCode);
        }),
      );
    }
  }
  const field = 'ephemeralContainerStatuses';
  return [...errors, ...validateList(now[field] ?? [], before[field] ?? [], child('status', field), () => false)];
}

function validateList(
  now: readonly Given<ContainerStatus>[],
  before: readonly Given<ContainerStatus>[],
  path: Path,
  mayRestart: (status: Given<ContainerStatus>, exitCode: number) => boolean,
): readonly FieldError[] {
  return before.flatMap((old, at) => {
    const ended = old.state?.terminated;
    if (ended === undefined) return [];
    const runsAgain = now.some((one) => one.name === old.name && one.state?.terminated === undefined);
    if (!runsAgain || mayRestart(old, ended.exitCode ?? 0)) return [];
    return [forbidden(child(index(path, at), 'state'), 'may not be transitioned to non-terminated state')];
  });
}

/** Whether the exit of one container may restart all of them. */
function restartsTogether(spec: Given<PodSpec>): boolean {
  return [...(spec.initContainers ?? []), ...(spec.containers ?? [])].some((container) =>
    container.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers'),
  );
}

/** Whether a container that ended with this code starts again: by its own rules and policy, or else by the pod's. */
function restarts(container: Given<Container>, spec: Given<PodSpec>, exitCode: number): boolean {
  const matches = (container.restartPolicyRules ?? []).some(({ exitCodes }) => {
    if (exitCodes === undefined) return false;
    return (exitCodes.values ?? []).includes(exitCode) === (exitCodes.operator === 'In');
  });
  if (container.restartPolicy !== undefined && matches) return true;
  const policy = container.restartPolicy ?? spec.restartPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
