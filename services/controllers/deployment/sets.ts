import type { Deployment, ReplicaSet } from '@taffrail/resources/generated/types';
import { createdMs } from '../workload/pod.ts';
import { sameTemplate } from './template.ts';

/** The replica sets of a deployment: the one of the present template, and the others. */
export interface Sets {
  readonly all: readonly ReplicaSet[];
  readonly newest: ReplicaSet | undefined;
  readonly old: readonly ReplicaSet[];
}

/** Tells the sets of a deployment apart. Of several with the present template the oldest is the one. */
export function setsOf(deployment: Deployment, owned: readonly ReplicaSet[]): Sets {
  const all = [...owned].sort(byCreation);
  const newest = all.find((set) => sameTemplate(set.spec?.template, deployment.spec?.template));
  return { all, newest, old: all.filter((set) => set !== newest) };
}

/** Oldest first; of the same second by name. */
export function byCreation(a: ReplicaSet, b: ReplicaSet): number {
  return createdMs(a) - createdMs(b) || ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
}

/** Pods a set is meant to have. */
export function sizeOf(set: ReplicaSet | undefined): number {
  return set === undefined ? 0 : (set.spec?.replicas ?? 1);
}

export function active(sets: readonly ReplicaSet[]): readonly ReplicaSet[] {
  return sets.filter((set) => sizeOf(set) > 0);
}

export function sum(sets: readonly ReplicaSet[], count: (set: ReplicaSet) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}

export function availableOf(set: ReplicaSet): number {
  return set.status?.availableReplicas ?? 0;
}
