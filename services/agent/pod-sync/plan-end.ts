import type { ContainerStatus } from '../runtime/port.ts';
import type { PodAction } from './action.ts';
import type { ContainerView } from './observed-pod.ts';
import type { PlanInput, PodPlan } from './plan-types.ts';
import { graceSeconds, isDeleting } from './pod-facts.ts';

/**
 * The way down: main containers are asked to stop together, sidecars after them from the last to the first, then the
 * sandbox. A finished pod stays like that (its logs can be read); a deleted one is taken from the API once its last
 * status is written, and what is left of it goes when the API has forgotten it.
 */
export function planEnd(input: PlanInput, views: readonly ContainerView[]): PodPlan {
  const { pod, presence, observed, memory } = input;
  const actions: PodAction[] = [];
  const done = (): PodPlan => ({ actions, waiting: new Map(), wakeMs: undefined });

  // A start that is on its way is seen when it has ended: nothing may slip past the stop.
  const starting = [...memory.inFlight].some((key) => /^(start-container|create-sandbox)/.test(key));
  const running = observed.containers.filter(({ phase }) => phase === 'running' || phase === 'unknown');
  if (running.length > 0) {
    for (const container of nextToStop(running, views)) {
      const kill = killOf(input, container);
      if (kill !== undefined) actions.push(kill);
    }
    return done();
  }
  if (starting) return done();
  const ready = observed.sandboxes.filter(({ state }) => state === 'ready');
  if (ready.length > 0) {
    actions.push(...ready.map(({ id }) => ({ type: 'stop-sandbox', id }) as const));
    return done();
  }
  // A sandbox shows as not ready before its network is taken down: until that is done, nobody else touches it.
  if (observed.sandboxes.some(({ id }) => memory.inFlight.has(`stop-sandbox ${id}`))) return done();
  if (presence === 'present') {
    if (isDeleting(pod) && memory.finalStatusWritten && !memory.deleted) actions.push({ type: 'delete-pod' });
    return done();
  }
  actions.push(...observed.sandboxes.map(({ id }) => ({ type: 'remove-sandbox', id }) as const));
  if (observed.sandboxes.length === 0 && !memory.cleanedUp) actions.push({ type: 'clean-up' });
  return done();
}

function nextToStop(running: readonly ContainerStatus[], views: readonly ContainerView[]): readonly ContainerStatus[] {
  const sidecars = views.filter(({ kind }) => kind === 'sidecar').map(({ spec }) => spec.name);
  const others = running.filter(({ name }) => !sidecars.includes(name));
  if (others.length > 0) return others;
  const last = sidecars.findLast((name) => running.some((container) => container.name === name));
  return running.filter(({ name }) => name === last);
}

/** Undefined while a kill with no more grace than this one is on its way. */
function killOf({ pod, memory, nowMs }: PlanInput, container: ContainerStatus): PodAction | undefined {
  const grace = graceSeconds(pod, nowMs);
  const kill = memory.kills.get(container.id);
  // A second of slack: the remaining grace is counted in whole seconds.
  if (kill !== undefined && kill.deadlineMs <= nowMs + (grace + 1) * 1000) return undefined;
  return {
    type: 'kill-container',
    id: container.id,
    container: container.name,
    graceSeconds: grace,
    preStop: kill === undefined,
    message: `Stopping container ${container.name}`,
  };
}
