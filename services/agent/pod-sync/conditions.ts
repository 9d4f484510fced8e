import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { ContainerStatus, Pod, PodCondition } from '@taffrail/resources/generated/types';

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason?: string;
  readonly message?: string;
}

const TRUE: Verdict = { status: 'True' };

export interface ConditionInput {
  readonly pod: Pod;
  readonly phase: string;
  readonly sandboxReady: boolean;
  readonly initialized: boolean;
  /** A main container has been created in this sandbox. */
  readonly mainStarted: boolean;
  readonly containerStatuses: readonly ContainerStatus[];
  readonly initContainerStatuses: readonly ContainerStatus[];
  readonly nowMs: number;
}

/** The conditions the agent owns; a transition time moves only when the status does. */
export function podConditions(input: ConditionInput): readonly PodCondition[] {
  const containersReady = containersReadyVerdict(input);
  const verdicts: readonly (readonly [string, Verdict])[] = [
    ['PodReadyToStartContainers', input.sandboxReady ? TRUE : { status: 'False' }],
    ['Initialized', initializedVerdict(input)],
    ['Ready', readyVerdict(input, containersReady)],
    ['ContainersReady', containersReady],
  ];
  const previous = new Map((input.pod.status?.conditions ?? []).map((condition) => [condition.type, condition]));
  return verdicts.map(([type, { status, reason, message }]) => {
    const before = previous.get(type);
    const kept = before?.status === status ? before.lastTransitionTime : undefined;
    return {
      type,
      status,
      lastTransitionTime: kept ?? rfc3339Seconds(input.nowMs),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
      ...(input.pod.metadata.generation === undefined ? {} : { observedGeneration: input.pod.metadata.generation }),
    };
  });
}

const names = (list: readonly string[]): string => `[${list.join(' ')}]`;

function ended(phase: string): Verdict | undefined {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  return phase === 'Failed' ? { status: 'False', reason: 'PodFailed' } : undefined;
}

function containersReadyVerdict({ pod, phase, containerStatuses, initContainerStatuses }: ConditionInput): Verdict {
  const over = ended(phase);
  if (over !== undefined) return over;
  const sidecars = (pod.spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const unready = [
    ...initContainerStatuses.filter(({ name }) => sidecars.some((sidecar) => sidecar.name === name)),
    ...containerStatuses,
  ].filter(({ ready }) => !ready);
  if (unready.length === 0) return TRUE;
  const message = `containers with unready status: ${names(unready.map(({ name }) => name))}`;
  return { status: 'False', reason: 'ContainersNotReady', message };
}

function readyVerdict({ pod }: ConditionInput, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return containersReady;
  const conditions = new Map((pod.status?.conditions ?? []).map(({ type, status }) => [type, status]));
  const missing = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const status = conditions.get(conditionType);
    if (status === 'True') return [];
    return status === undefined
      ? [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`]
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${status}`];
  });
  return missing.length === 0
    ? TRUE
    : { status: 'False', reason: 'ReadinessGatesNotReady', message: missing.join(', ') };
}

function initializedVerdict(input: ConditionInput): Verdict {
  if (input.phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (input.initialized || input.mainStarted) return TRUE;
  const sidecars = new Set(
    (input.pod.spec?.initContainers ?? [])
      .filter(({ restartPolicy }) => restartPolicy === 'Always')
      .map(({ name }) => name),
  );
  const incomplete = input.initContainerStatuses
    .filter(({ name, ready, started }) => (sidecars.has(name) ? started !== true : !ready))
    .map(({ name }) => name);
  const message = `containers with incomplete status: ${names(incomplete)}`;
  return { status: 'False', reason: 'ContainersNotInitialized', message };
}
