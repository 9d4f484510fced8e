import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Pod, PodCondition } from '@taffrail/resources/generated/types';

/** Whether a pod runs or may yet run: neither finished nor asked to end. */
export function isActive(pod: Pod): boolean {
  return !isFinished(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** Whether a pod came to its end by itself. */
export function isFinished(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod became ready, epoch milliseconds; undefined when it is not. */
export function readySinceMs(pod: Pod): number | undefined {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True') return undefined;
  return parseRfc3339(condition.lastTransitionTime ?? '') ?? 0;
}

/** When a ready pod counts as available: at once, or `minReadySeconds` after it became ready. */
export function availableAtMs(pod: Pod, minReadySeconds: number): number | undefined {
  const since = readySinceMs(pod);
  return since === undefined ? undefined : since + minReadySeconds * 1000;
}

export function isAvailable(pod: Pod, minReadySeconds: number, nowMs: number): boolean {
  const at = availableAtMs(pod, minReadySeconds);
  return at !== undefined && at <= nowMs;
}

/** `creationTimestamp` in epoch milliseconds; 0 when it has none. */
export function createdMs(object: { readonly metadata: { readonly creationTimestamp?: string } }): number {
  return parseRfc3339(object.metadata.creationTimestamp ?? '') ?? 0;
}
