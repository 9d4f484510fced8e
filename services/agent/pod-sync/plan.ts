import type { Pod } from '@taffrail/resources/generated/types';
import { containerHash, HASH_ANNOTATION } from '../containers/container-hash.ts';
import type { ContainerStatus } from '../runtime/port.ts';
import { actionKey, type PodAction } from './action.ts';
import { planContainerStart } from './plan-start.ts';
import { earliest, type PlanInput, type PodPlan, type Waiting } from './plan-types.ts';
import { planEnd } from './plan-end.ts';
import { containerViews, type ContainerView, type ObservedPod } from './observed-pod.ts';
import { activeDeadlineMs, graceSeconds, isDeleting, isFinished, isTerminal, restarts } from './pod-facts.ts';
import type { PodMemory, ProbeVerdict } from './pod-memory.ts';

/**
 * What to do next for one pod. Pure and by level: it compares what should run with what the runtime has and asks for the
 * next steps only; each finished step plans again. Steps in flight are not asked for twice.
 */
export function plan(input: PlanInput): PodPlan {
  const { pod, presence, memory, nowMs } = input;
  const views = containerViews(pod, input.observed);
  const deadlineMs = activeDeadlineMs(pod);
  const ends =
    presence === 'gone' ||
    isDeleting(pod) ||
    isTerminal(pod.status?.phase) ||
    isFinished(pod, views) ||
    (deadlineMs !== undefined && nowMs >= deadlineMs);
  const draft = ends ? planEnd(input, views) : planRun(input, views);
  const actions = draft.actions.filter((action) => !memory.inFlight.has(actionKey(action)));
  return { ...draft, actions, wakeMs: ends ? draft.wakeMs : earliest(draft.wakeMs, deadlineMs) };
}

function planRun(input: PlanInput, views: readonly ContainerView[]): PodPlan {
  const { pod, observed, memory, nowMs } = input;
  const actions: PodAction[] = [];
  const waiting = new Map<string, Waiting>();
  let wakeMs: number | undefined;
  const wake = (atMs: number | undefined): void => {
    wakeMs = earliest(wakeMs, atMs);
  };

  const volumes = memory.volumes;
  if (volumes.state === 'unprepared') {
    actions.push({ type: 'prepare-volumes' });
  } else if (volumes.state === 'failed') {
    const retryMs = volumes.failure.atMs + volumes.failure.backoff.delayMs;
    if (nowMs >= retryMs) actions.push({ type: 'prepare-volumes' });
    else wake(retryMs);
  }

  const sandbox = observed.sandboxes[0];
  if (sandbox?.state !== 'ready') {
    planSandbox(input, actions, wake);
  } else {
    for (const old of observed.sandboxes.slice(1))
      if (old.state === 'ready') actions.push({ type: 'stop-sandbox', id: old.id });
    actions.push(...leftovers(observed, views, memory));
  }

  // Created but never started, with nobody starting it: what a crash of the agent leaves. It is made again.
  for (const { spec, current } of views) {
    if (current?.phase === 'created' && !memory.inFlight.has(`start-container ${spec.name}`)) {
      actions.push({ type: 'remove-container', id: current.id });
    }
  }

  // Kills that are due whatever else happens: a failed probe, a changed image.
  for (const view of views) {
    const kill = dueKill(pod, view, memory, nowMs);
    if (kill !== undefined) actions.push(kill);
  }

  const canStart = sandbox?.state === 'ready' && volumes.state === 'ready';
  for (const view of startable(pod, views, memory)) {
    const next = planContainerStart(input, view, canStart ? sandbox.id : undefined);
    if (next.waiting !== undefined) waiting.set(view.spec.name, next.waiting);
    wake(next.wakeMs);
    if (next.action === undefined) continue;
    actions.push(next.action);
  }
  return { actions: oneStartAtATime(actions, memory), waiting, wakeMs };
}

function planSandbox(input: PlanInput, actions: PodAction[], wake: (atMs: number) => void): void {
  const { observed, memory, nowMs } = input;
  const dead = observed.sandboxes[0];
  const running = observed.containers.filter(({ phase }) => phase === 'running');
  if (dead !== undefined && running.length > 0) {
    actions.push({ type: 'stop-sandbox', id: dead.id });
    return;
  }
  const failure = memory.sandboxFailure;
  if (failure !== undefined && nowMs < failure.atMs + failure.backoff.delayMs) {
    wake(failure.atMs + failure.backoff.delayMs);
    return;
  }
  const replaces = observed.containers.length > 0;
  actions.push({ type: 'create-sandbox', attempt: (dead?.identity.attempt ?? -1) + 1, replaces });
}

/** The containers whose turn it is: init containers one after the other, then all main ones. */
function startable(pod: Pod, views: readonly ContainerView[], memory: PodMemory): readonly ContainerView[] {
  const initialized = views.some(({ kind, current }) => kind === 'main' && current !== undefined);
  const due: ContainerView[] = [];
  for (const view of views) {
    const { current, kind } = view;
    const stopped = current === undefined || current.phase === 'exited';
    if (kind === 'init') {
      if (initialized || (current?.phase === 'exited' && current.exitCode === 0)) continue;
      return stopped && (current === undefined || restarts(pod, view)) ? [...due, view] : due;
    }
    if (kind === 'sidecar') {
      if (stopped) due.push(view);
      if (!initialized && (stopped || !isStarted(view, memory))) return due;
      continue;
    }
    if (current === undefined || (current.phase === 'exited' && (restarts(pod, view) || isOutdated(view))))
      due.push(view);
  }
  return due;
}

/** Whether a running container counts as started: its startup probe has succeeded, or it has none. */
export function isStarted(view: ContainerView, memory: PodMemory): boolean {
  if (view.current?.phase !== 'running') return false;
  return view.spec.startupProbe === undefined || verdict(view.current, memory)?.started === true;
}

function verdict(container: ContainerStatus, memory: PodMemory): ProbeVerdict | undefined {
  return memory.probes.get(container.id);
}

function isOutdated({ spec, current }: ContainerView): boolean {
  const hash = current?.annotations[HASH_ANNOTATION];
  return hash !== undefined && hash !== containerHash(spec);
}

function dueKill(pod: Pod, view: ContainerView, memory: PodMemory, nowMs: number): PodAction | undefined {
  const { current, spec, kind } = view;
  if (current?.phase !== 'running' || memory.kills.has(current.id)) return undefined;
  const kill = (message: string, grace: number): PodAction => ({
    type: 'kill-container',
    id: current.id,
    container: spec.name,
    graceSeconds: grace,
    preStop: true,
    message,
  });
  if (kind !== 'init' && isOutdated(view)) {
    return kill(`Container ${spec.name} definition changed, will be restarted`, graceSeconds(pod, nowMs));
  }
  const failed = verdict(current, memory)?.failed;
  if (failed === undefined) return undefined;
  const will = restarts(pod, { ...view, current: { ...current, exitCode: 137 } }) ? ', will be restarted' : '';
  return kill(
    `Container ${spec.name} failed ${failed.kind} probe${will}`,
    failed.graceSeconds ?? graceSeconds(pod, nowMs),
  );
}

/** Ended containers nobody asks about any more: all but the last two of each name, and old sandboxes without containers. */
function leftovers(observed: ObservedPod, views: readonly ContainerView[], memory: PodMemory): readonly PodAction[] {
  const kept = new Set(views.flatMap(({ current, previous }) => [current?.id, previous?.id]));
  const ended = observed.containers.filter(({ id, phase }) => phase === 'exited' && !kept.has(id));
  const inUse = new Set(observed.containers.filter(({ id }) => kept.has(id)).map(({ sandboxId }) => sandboxId));
  return [
    ...ended.map(({ id }) => ({ type: 'remove-container', id }) as const),
    ...observed.sandboxes
      .slice(1)
      .filter(({ id, state }) => state === 'not-ready' && !inUse.has(id) && !memory.inFlight.has(`stop-sandbox ${id}`))
      .map(({ id }) => ({ type: 'remove-sandbox', id }) as const),
  ];
}

/** Containers start in the spec's order and one by one, because a postStart hook holds the next one back. */
function oneStartAtATime(actions: readonly PodAction[], memory: PodMemory): readonly PodAction[] {
  const starting = [...memory.inFlight].some((key) => key.startsWith('start-container '));
  let free = !starting;
  return actions.filter((action) => {
    if (action.type !== 'start-container') return true;
    const take = free;
    free = false;
    return take;
  });
}
