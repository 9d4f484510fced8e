import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { ContainerState, ContainerStatus, Pod, PodStatus } from '@taffrail/resources/generated/types';
import type * as runtime from '../runtime/port.ts';
import { podConditions } from './conditions.ts';
import { containerViews, type ContainerView, type ObservedPod } from './observed-pod.ts';
import { isStarted } from './plan.ts';
import type { Waiting } from './plan-types.ts';
import { activeDeadlineMs, isDeleting, isFinished, isInitialized, isTerminal, restarts } from './pod-facts.ts';
import type { PodMemory } from './pod-memory.ts';

export interface StatusInput {
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** By container id: what it left at its terminationMessagePath. */
  readonly terminationMessages: ReadonlyMap<string, string>;
  readonly nodeIp: string;
  /** Prefix of container ids, e.g. `containerd`. */
  readonly runtimeName: string;
  readonly nowMs: number;
}

/** What the agent says of a pod: a pure function of what it sees. */
export function podStatus(input: StatusInput): PodStatus {
  const { pod, observed, memory, nowMs } = input;
  const views = containerViews(pod, observed);
  const initialized = isInitialized(views, (view) => isStarted(view, memory));
  const containerStatuses = views.filter(({ kind }) => kind === 'main').map((view) => statusOf(input, view));
  const initContainerStatuses = views.filter(({ kind }) => kind !== 'main').map((view) => statusOf(input, view));
  const { phase, reason, message } = phaseOf(input, views);
  const sandbox = observed.sandboxes[0];
  const sandboxReady = sandbox?.state === 'ready';
  const ips = podIps(input);
  return {
    phase,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
    conditions: podConditions({
      pod,
      phase,
      sandboxReady,
      initialized,
      mainStarted: views.some(({ kind, current }) => kind === 'main' && current !== undefined),
      containerStatuses,
      initContainerStatuses,
      nowMs,
    }),
    hostIP: input.nodeIp,
    hostIPs: [{ ip: input.nodeIp }],
    ...(ips[0] === undefined ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
    startTime: pod.status?.startTime ?? rfc3339Seconds(nowMs),
    ...(initContainerStatuses.length === 0 ? {} : { initContainerStatuses }),
    containerStatuses,
    ...(pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation }),
  };
}

/** The sandbox's addresses; the node's own on its network; what was reported before while there is no sandbox. */
function podIps({ pod, observed, nodeIp }: StatusInput): readonly string[] {
  if (pod.spec?.hostNetwork === true) return observed.sandboxes.length > 0 ? [nodeIp] : [];
  const ips = observed.sandboxes[0]?.ips ?? [];
  return ips.length > 0 ? ips : (pod.status?.podIPs ?? []).map(({ ip }) => ip);
}

interface Phase {
  readonly phase: string;
  readonly reason?: string;
  readonly message?: string;
}

function phaseOf(input: StatusInput, views: readonly ContainerView[]): Phase {
  const { pod, nowMs } = input;
  const reported = pod.status?.phase;
  if (isTerminal(reported)) {
    const { reason, message } = pod.status ?? {};
    return {
      phase: reported ?? '',
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    };
  }
  const deadlineMs = activeDeadlineMs(pod);
  if (deadlineMs !== undefined && nowMs >= deadlineMs) {
    return {
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
  }
  const mains = views.filter(({ kind }) => kind === 'main');
  // A deleted pod ends when its containers have, whatever their restart policy says.
  const over = isDeleting(pod) ? mains.length > 0 && mains.every(hasEnded) : isFinished(pod, views);
  if (over) {
    const failed = views.some(
      ({ kind, current }) => kind !== 'sidecar' && current !== undefined && current.exitCode !== 0,
    );
    return { phase: failed ? 'Failed' : 'Succeeded' };
  }
  // Running from the first main container on: one that waits for its restart counts.
  const started = mains.length > 0 && mains.every(({ current, previous }) => (current ?? previous) !== undefined);
  const some = mains.some(({ current }) => current?.phase === 'running' || current?.phase === 'exited');
  return { phase: started && (some || reported === 'Running') ? 'Running' : 'Pending' };
}

const hasEnded = ({ current }: ContainerView): boolean => current?.phase === 'exited';

function statusOf(input: StatusInput, view: ContainerView): ContainerStatus {
  const { pod, memory, nowMs } = input;
  const { spec, kind, current, previous } = view;
  const reported = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    ({ name }) => name === spec.name,
  );
  // The runtime has forgotten a container that had ended for good: the API's memory of it stays.
  const over = isDeleting(pod) || isTerminal(pod.status?.phase);
  if (over && current === undefined && reported?.state?.terminated !== undefined) return reported;
  const waiting = waitingOf(input, view);
  const state: ContainerState =
    waiting !== undefined
      ? { waiting: waiting.message === '' ? { reason: waiting.reason } : waiting }
      : current?.phase === 'running'
        ? { running: { startedAt: rfc3339Seconds(current.startedMs) } }
        : terminated(input, current);
  const lastEnd = waiting !== undefined && current?.phase === 'exited' ? current : previous;
  const lastState = lastEnd === undefined ? (reported?.lastState ?? {}) : terminated(input, lastEnd);
  const started = isStarted(view, memory);
  const running = current?.phase === 'running';
  const probed = current === undefined ? undefined : memory.probes.get(current.id);
  const readyByProbe = spec.readinessProbe === undefined ? started : started && probed?.ready === true;
  const shown = current ?? previous;
  const status: ContainerStatus = {
    name: spec.name,
    state,
    lastState,
    ready: kind === 'init' ? current?.phase === 'exited' && current.exitCode === 0 : running && readyByProbe,
    restartCount: shown?.attempt ?? reported?.restartCount ?? 0,
    image: shown?.image ?? spec.image ?? '',
    imageID: shown?.imageRef ?? '',
    ...(shown === undefined ? {} : { containerID: `${input.runtimeName}://${shown.id}` }),
    started: kind === 'init' ? running : started,
  };
  // A deleted pod whose container the runtime has lost: nothing runs, and that is all anyone can say.
  if (isDeleting(pod) && waiting === undefined && current === undefined) {
    const finishedAt = rfc3339Seconds(nowMs);
    const gone = { exitCode: 137, reason: 'ContainerStatusUnknown', finishedAt };
    const message = 'The container could not be located when the pod was deleted';
    return { ...status, state: { terminated: { ...gone, message } } };
  }
  return status;
}

/** Why the container does not run, if it does not and is to. */
function waitingOf(input: StatusInput, view: ContainerView): Waiting | undefined {
  const { pod } = input;
  const { spec, current } = view;
  const planned = input.waiting.get(spec.name);
  if (current?.phase === 'running') return undefined;
  const failure = input.memory.startFailures.get(spec.name);
  if (current?.phase === 'exited') {
    if (planned === undefined || isDeleting(pod) || !restarts(pod, view)) return undefined;
    return planned;
  }
  if (planned !== undefined) return planned;
  if (failure !== undefined && current === undefined) return { reason: failure.reason, message: failure.message };
  if (isDeleting(pod) && view.previous !== undefined) return undefined;
  // Of a pod with init containers each says so until it is made, those that are to run first as well.
  const initializes = (pod.spec?.initContainers ?? []).length > 0;
  return { reason: initializes ? 'PodInitializing' : 'ContainerCreating', message: '' };
}

function terminated(input: StatusInput, container: runtime.ContainerStatus | undefined): ContainerState {
  if (container === undefined) return {};
  const message = input.terminationMessages.get(container.id) ?? container.message;
  return {
    terminated: {
      exitCode: container.exitCode,
      reason: container.reason === '' ? (container.exitCode === 0 ? 'Completed' : 'Error') : container.reason,
      ...(message === '' ? {} : { message }),
      ...(container.startedMs === 0 ? {} : { startedAt: rfc3339Seconds(container.startedMs) }),
      finishedAt: rfc3339Seconds(container.finishedMs),
      containerID: `${input.runtimeName}://${container.id}`,
    },
  };
}
