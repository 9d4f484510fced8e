import { limits } from '@taffrail/platform/limits';
import { normalizeImage, pullPolicy } from '../containers/image-reference.ts';
import type { PodAction } from './action.ts';
import { nextAttempt, type ContainerView } from './observed-pod.ts';
import { earliest, type PlanInput, type Waiting } from './plan-types.ts';
import { podText } from './pod-facts.ts';
import { backoffEndMs, goDuration, type BackoffBounds } from './restart-backoff.ts';

export const restartBounds: BackoffBounds = Object.freeze({
  minimumMs: limits.containerRestartMinimumMs,
  maximumMs: limits.containerRestartMaximumMs,
});
export const pullBounds: BackoffBounds = Object.freeze({
  minimumMs: limits.imagePullBackoffMinimumMs,
  maximumMs: limits.imagePullBackoffMaximumMs,
});

export interface ContainerStart {
  readonly action: PodAction | undefined;
  readonly waiting: Waiting | undefined;
  readonly wakeMs: number | undefined;
}

const nothing: ContainerStart = { action: undefined, waiting: undefined, wakeMs: undefined };

/**
 * The next step towards a running container whose turn it is: wait out its back-off, get its image, start it.
 * `sandboxId` is undefined while sandbox or volumes are not ready; images are fetched meanwhile.
 */
export function planContainerStart(
  input: PlanInput,
  view: ContainerView,
  sandboxId: string | undefined,
): ContainerStart {
  const { pod, memory, nowMs } = input;
  const { spec, current } = view;
  if (memory.inFlight.has(`start-container ${spec.name}`)) return nothing;

  if (current?.phase === 'exited') {
    const entry = memory.restarts.get(spec.name);
    const endMs = backoffEndMs(entry, current.finishedMs, nowMs, restartBounds);
    if (endMs !== undefined && entry !== undefined) {
      const message = `back-off ${goDuration(entry.delayMs)} restarting failed container=${spec.name} pod=${podText(pod)}`;
      return { action: undefined, waiting: { reason: 'CrashLoopBackOff', message }, wakeMs: endMs };
    }
  }
  const attempt = nextAttempt(pod, view);
  const image = planImage(input, view, attempt);
  if (image.present === undefined) return image.step;

  const failure = memory.startFailures.get(spec.name);
  if (failure !== undefined && current === undefined) {
    const retryMs = failure.atMs + failure.backoff.delayMs;
    const waiting = { reason: failure.reason, message: failure.message };
    if (nowMs < retryMs) return { action: undefined, waiting, wakeMs: retryMs };
    return { action: start(spec.name, attempt, sandboxId, image.present), waiting, wakeMs: undefined };
  }
  return { action: start(spec.name, attempt, sandboxId, image.present), waiting: undefined, wakeMs: undefined };
}

function start(
  container: string,
  attempt: number,
  sandboxId: string | undefined,
  present: boolean,
): PodAction | undefined {
  return sandboxId === undefined ? undefined : { type: 'start-container', container, attempt, sandboxId, present };
}

/** Whether the image can be used now: `present` says it needed no pull; undefined says to take `step` first. */
function planImage(
  input: PlanInput,
  view: ContainerView,
  attempt: number,
): { readonly present: boolean | undefined; readonly step: ContainerStart } {
  const { memory, observed, nowMs } = input;
  const specified = view.spec.image ?? '';
  const image = normalizeImage(specified);
  const wait = (reason: string, message: string, wakeMs?: number): ContainerStart => ({
    action: undefined,
    waiting: { reason, message },
    wakeMs: earliest(wakeMs, undefined),
  });
  if (image === undefined) {
    const why = `couldn't parse image reference "${specified}": invalid reference format`;
    return {
      present: undefined,
      step: wait('InvalidImageName', `Failed to apply default image tag "${specified}": ${why}`),
    };
  }
  if (memory.pulledFor.has(`${view.spec.name}#${attempt}`)) return { present: false, step: nothing };
  const policy = pullPolicy(specified, view.spec.imagePullPolicy);
  const present = observed.images.has(image);
  if (present && policy !== 'Always') return { present: true, step: nothing };
  if (policy === 'Never') {
    const message = `Container image "${specified}" is not present with pull policy of Never`;
    return { present: undefined, step: wait('ErrImageNeverPull', message, nowMs + limits.imageNeverPullCheckMs) };
  }
  const failure = memory.pullFailures.get(image);
  const pull = { type: 'pull-image', container: view.spec.name, attempt, image } as const;
  if (failure === undefined) return { present: undefined, step: { ...nothing, action: pull } };
  const retryMs = failure.atMs + failure.backoff.delayMs;
  if (nowMs >= retryMs) {
    return {
      present: undefined,
      step: { action: pull, waiting: { reason: failure.reason, message: failure.message }, wakeMs: undefined },
    };
  }
  // The failure itself is shown first; the back-off takes its place at the next plan, as in Kubernetes.
  const justFailed = nowMs - failure.atMs < limits.pullErrorShownMs;
  const shown = justFailed
    ? wait(failure.reason, failure.message, failure.atMs + limits.pullErrorShownMs)
    : wait('ImagePullBackOff', `Back-off pulling image "${specified}": ${failure.reason}: ${failure.message}`, retryMs);
  return { present: undefined, step: shown };
}
