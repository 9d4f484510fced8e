import type { Pod } from '@taffrail/resources/generated/types';
import type { PodAction } from './action.ts';
import type { ObservedPod } from './observed-pod.ts';
import type { PodMemory } from './pod-memory.ts';

/** Why a container does not run, in Kubernetes' words. */
export interface Waiting {
  readonly reason: string;
  readonly message: string;
}

/** Whether the API still has the pod. A pod it has forgotten is stopped and its remains are removed. */
export type PodPresence = 'present' | 'gone';

export interface PodPlan {
  readonly actions: readonly PodAction[];
  /** Why a container that does not run does not: by container name. */
  readonly waiting: ReadonlyMap<string, Waiting>;
  /** Plan again at this time though nothing has changed; undefined: no need. */
  readonly wakeMs: number | undefined;
}

export interface PlanInput {
  readonly pod: Pod;
  readonly presence: PodPresence;
  readonly observed: ObservedPod;
  readonly memory: PodMemory;
  readonly nowMs: number;
}

/** The earlier of two moments, either of which may be absent. */
export function earliest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
