import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Pod } from '@taffrail/resources/generated/types';
import type { ContainerView } from './observed-pod.ts';

/** Shortest time a container gets between its stop signal and SIGKILL. */
export const MINIMUM_GRACE_SECONDS = 2;

export const podNamespace = (pod: Pod): string => pod.metadata.namespace ?? '';
export const podName = (pod: Pod): string => pod.metadata.name ?? '';
export const podUid = (pod: Pod): string => pod.metadata.uid ?? '';
/** `name_namespace(uid)`, as Kubernetes writes a pod into messages. */
export const podText = (pod: Pod): string => `${podName(pod)}_${podNamespace(pod)}(${podUid(pod)})`;

export const isDeleting = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isTerminal = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** Seconds a stopping container gets, counted from now: what is left until the deletion timestamp. */
export function graceSeconds(pod: Pod, nowMs: number): number {
  const deletionMs = parseRfc3339(pod.metadata.deletionTimestamp ?? '');
  const whole = pod.metadata.deletionGracePeriodSeconds ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
  const left = deletionMs === undefined ? whole : Math.min(whole, Math.ceil((deletionMs - nowMs) / 1000));
  return Math.max(MINIMUM_GRACE_SECONDS, left);
}

/** When `activeDeadlineSeconds` is over, epoch milliseconds; undefined without one or before the pod has started. */
export function activeDeadlineMs(pod: Pod): number | undefined {
  const seconds = pod.spec?.activeDeadlineSeconds;
  const startMs = parseRfc3339(pod.status?.startTime ?? '');
  return seconds === undefined || startMs === undefined ? undefined : startMs + seconds * 1000;
}

/** Whether a container that has ended is started again, by the pod's and its own restart policy. */
export function restarts(pod: Pod, view: ContainerView): boolean {
  const exitCode = view.current?.exitCode ?? 0;
  if (view.kind === 'sidecar') return true;
  const policy = pod.spec?.restartPolicy ?? 'Always';
  if (view.kind === 'init') return exitCode !== 0 && policy !== 'Never';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

/** Whether every init container has done its part: ended well, or (a sidecar) started. */
export function isInitialized(views: readonly ContainerView[], started: (view: ContainerView) => boolean): boolean {
  if (views.some(({ kind, current }) => kind === 'main' && current !== undefined)) return true;
  return views
    .filter(({ kind }) => kind !== 'main')
    .every((view) =>
      view.kind === 'sidecar' ? started(view) : view.current?.phase === 'exited' && view.current.exitCode === 0,
    );
}

/** Whether nothing of the pod will run again: every main container has ended for good, or an init container failed for good. */
export function isFinished(pod: Pod, views: readonly ContainerView[]): boolean {
  const ended = (view: ContainerView): boolean => view.current?.phase === 'exited' && !restarts(pod, view);
  if (views.some((view) => view.kind === 'init' && ended(view) && view.current?.exitCode !== 0)) return true;
  const mains = views.filter(({ kind }) => kind === 'main');
  return mains.length > 0 && mains.every(ended);
}
