import type { Deployment, ReplicaSet } from '@taffrail/resources/generated/types';
import { desiredReplicas, maxReplicas } from './annotations.ts';
import { isRollingUpdate, maxSurge, maxUnavailable } from './bounds.ts';
import { active, availableOf, byCreation, sizeOf, sum, type Sets } from './sets.ts';

/** A set and the size it should be given. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly size: number;
}

function wantedOf(deployment: Deployment): number {
  return deployment.spec?.replicas ?? 1;
}

/** Whether a set with pods was scaled for another size of the deployment than it has now. */
export function isScaling(deployment: Deployment, sets: Sets): boolean {
  return active(sets.all).some((set) => {
    const desired = desiredReplicas(set);
    return desired !== undefined && desired !== wantedOf(deployment);
  });
}

/** The size of the newest set now: it grows as far as the surge allows. */
export function newestSize(deployment: Deployment, sets: Sets, present: number): number {
  const wanted = wantedOf(deployment);
  if (!isRollingUpdate(deployment) || present >= wanted) return wanted;
  const room = wanted + maxSurge(deployment) - sum(sets.all, sizeOf);
  return room <= 0 ? present : present + Math.min(room, wanted - present);
}

/**
 * What old sets can give up: first their pods that are not available anyway, then as many available ones as the new set
 * has made up for. Old before young.
 */
export function oldSizes(deployment: Deployment, sets: Sets): readonly Resize[] {
  const old = [...active(sets.old)].sort(byCreation);
  const minimum = wantedOf(deployment) - maxUnavailable(deployment);
  const newestMissing = sets.newest === undefined ? 0 : sizeOf(sets.newest) - availableOf(sets.newest);
  let spare = sum(sets.all, sizeOf) - minimum - newestMissing;
  if (old.length === 0 || spare <= 0) return [];

  const sizes = new Map(old.map((set) => [set, sizeOf(set)]));
  for (const set of old) {
    const unhealthy = Math.min(spare, Math.max(0, sizeOf(set) - availableOf(set)));
    sizes.set(set, sizeOf(set) - unhealthy);
    spare -= unhealthy;
  }
  let surplus = sum(sets.all, availableOf) - minimum;
  for (const set of old) {
    if (surplus <= 0) break;
    const given = Math.min(sizes.get(set) ?? 0, surplus);
    sizes.set(set, (sizes.get(set) ?? 0) - given);
    surplus -= given;
  }
  return old.map((set) => ({ set, size: sizes.get(set) ?? 0 })).filter(({ set, size }) => size !== sizeOf(set));
}

/**
 * The sizes after the deployment itself was scaled: alone with its pods, a set takes all; a finished rollout empties the
 * old ones; in the midst of a rolling update every set gets its share.
 */
export function scaledSizes(deployment: Deployment, sets: Sets): readonly Resize[] {
  const wanted = wantedOf(deployment);
  const only = activeOrLatest(sets);
  if (only !== undefined) return [{ set: only, size: wanted }];
  if (isSaturated(deployment, sets.newest)) return active(sets.old).map((set) => ({ set, size: 0 }));
  return isRollingUpdate(deployment) ? proportionalSizes(deployment, active(sets.all)) : [];
}

/** The one set with pods; if none has any, the newest one. Undefined when several have. */
function activeOrLatest(sets: Sets): ReplicaSet | undefined {
  const running = active(sets.all);
  if (running.length > 1) return undefined;
  return running[0] ?? sets.newest ?? [...sets.old].sort(byCreation).at(-1);
}

function isSaturated(deployment: Deployment, newest: ReplicaSet | undefined): boolean {
  if (newest === undefined) return false;
  const wanted = wantedOf(deployment);
  return sizeOf(newest) === wanted && desiredReplicas(newest) === wanted && availableOf(newest) === wanted;
}

/** Spreads what is to be added or taken over the sets by their size; what rounding leaves goes to the largest. */
function proportionalSizes(deployment: Deployment, running: readonly ReplicaSet[]): readonly Resize[] {
  const wanted = wantedOf(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const total = allowed - sum(running, sizeOf);
  // Growing prefers young sets of a size, shrinking old ones.
  const bySize = [...running].sort(
    (a, b) => sizeOf(b) - sizeOf(a) || (total > 0 ? byCreation(b, a) : byCreation(a, b)),
  );
  let given = 0;
  const sizes = bySize.map((set) => {
    const share = total === 0 ? 0 : proportion(deployment, set, total, given);
    given += share;
    return { set, size: sizeOf(set) + share };
  });
  return sizes.map(({ set, size }, index) => ({ set, size: index === 0 ? Math.max(0, size + total - given) : size }));
}

function proportion(deployment: Deployment, set: ReplicaSet, total: number, given: number): number {
  if (sizeOf(set) === 0 || total === given) return 0;
  const fraction = fractionOf(deployment, set);
  const left = total - given;
  return total > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

/** How much a set would grow or shrink if it kept its share of the deployment. */
function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const wanted = wantedOf(deployment);
  if (wanted === 0) return -sizeOf(set);
  const before = maxReplicas(set) ?? deployment.status?.replicas ?? 0;
  if (before === 0) return 0;
  return Math.round((sizeOf(set) * (wanted + maxSurge(deployment))) / before) - sizeOf(set);
}
