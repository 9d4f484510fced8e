import { parseRfc3339 } from '@taffrail/platform/clock';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  ReplicaSet,
} from '@taffrail/resources/generated/types';
import { maxUnavailable, progressDeadlineMs } from './bounds.ts';
import { conditionOf, newCondition, withCondition, withoutCondition } from './conditions.ts';
import { availableOf, sum, type Sets } from './sets.ts';

/** What a status says in numbers, zeros included. */
interface Counts {
  readonly replicas: number;
  readonly updated: number;
  readonly ready: number;
  readonly available: number;
}

function countsOf(status: DeploymentStatus | undefined): Counts {
  return {
    replicas: status?.replicas ?? 0,
    updated: status?.updatedReplicas ?? 0,
    ready: status?.readyReplicas ?? 0,
    available: status?.availableReplicas ?? 0,
  };
}

function countSets(sets: Sets): Counts {
  return {
    replicas: sum(sets.all, (set) => set.status?.replicas ?? 0),
    updated: sets.newest?.status?.replicas ?? 0,
    ready: sum(sets.all, (set) => set.status?.readyReplicas ?? 0),
    available: sum(sets.all, availableOf),
  };
}

/** Everything wanted is there, updated and available, and nothing else. */
export function isComplete(deployment: Deployment, counts = countsOf(deployment.status)): boolean {
  const wanted = deployment.spec?.replicas ?? 1;
  return counts.updated === wanted && counts.replicas === wanted && counts.available === wanted;
}

/** Whether the controller has seen the deployment's present generation through to its end. */
export function isCompleteAndObserved(deployment: Deployment): boolean {
  const observed = deployment.status?.observedGeneration ?? 0;
  return isComplete(deployment) && observed >= (deployment.metadata.generation ?? 0);
}

/** The status with present counts and the Available condition, on top of the given conditions. */
export function countedStatus(
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): DeploymentStatus {
  const counts = countSets(sets);
  const unavailable = Math.max(0, counts.replicas - counts.available);
  const enough = counts.available >= (deployment.spec?.replicas ?? 1) - maxUnavailable(deployment);
  const available = enough
    ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
    : newCondition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        nowMs,
      );
  const { collisionCount } = deployment.status ?? {};
  return {
    ...(deployment.metadata.generation === undefined ? {} : { observedGeneration: deployment.metadata.generation }),
    ...positive({
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.available,
      unavailableReplicas: unavailable,
    }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions: withCondition(conditions, available),
  };
}

/** Counts of zero are left out, as the API writes them. */
function positive(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}

/** The status of a deployment that rolls out: counts, and how the rollout gets on. */
export function rolloutStatus(
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): DeploymentStatus {
  const status = countedStatus(deployment, sets, conditions, nowMs);
  const progressing = progressConditions(deployment, sets, status, nowMs);
  const failure = replicaFailure(sets);
  const settled =
    failure === undefined
      ? withoutCondition(progressing, 'ReplicaFailure')
      : withCondition(progressing, { ...failure, lastUpdateTime: failure.lastTransitionTime ?? '' });
  return { ...status, conditions: settled };
}

function progressConditions(
  deployment: Deployment,
  sets: Sets,
  status: DeploymentStatus,
  nowMs: number,
): readonly DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (progressDeadlineMs(deployment) === undefined) return withoutCondition(conditions, 'Progressing');
  const current = conditionOf(deployment.status?.conditions ?? [], 'Progressing');
  const counts = countsOf(status);
  // Once available, a set that loses pods (a node goes) is not rolling out again.
  if (counts.replicas === counts.updated && current?.reason === 'NewReplicaSetAvailable') return conditions;
  const subject =
    sets.newest === undefined
      ? `Deployment "${deployment.metadata.name ?? ''}"`
      : `ReplicaSet "${sets.newest.metadata.name ?? ''}"`;
  if (isComplete(deployment, counts)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, newCondition('Progressing', 'True', 'NewReplicaSetAvailable', message, nowMs));
  }
  if (hasProgressed(countsOf(deployment.status), counts)) {
    const next = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${subject} is progressing.`, nowMs);
    const kept = current?.status === 'True' ? current.lastTransitionTime : undefined;
    // Replaced even when it says the same: its update time is what the deadline counts from.
    return [
      ...withoutCondition(conditions, 'Progressing'),
      kept === undefined ? next : { ...next, lastTransitionTime: kept },
    ];
  }
  if (hasTimedOut(deployment, conditionOf(conditions, 'Progressing'), nowMs)) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(conditions, newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', message, nowMs));
  }
  return conditions;
}

function hasProgressed(before: Counts, now: Counts): boolean {
  return (
    now.updated > before.updated ||
    now.replicas - now.updated < before.replicas - before.updated ||
    now.ready > before.ready ||
    now.available > before.available
  );
}

function hasTimedOut(deployment: Deployment, progressing: DeploymentCondition | undefined, nowMs: number): boolean {
  if (progressing?.reason === 'ProgressDeadlineExceeded') return true;
  const deadline = deadlineMs(deployment, progressing);
  return deadline !== undefined && deadline < nowMs;
}

/** When the rollout counts as failed if nothing moves; undefined when it cannot. */
export function deadlineMs(deployment: Deployment, progressing: DeploymentCondition | undefined): number | undefined {
  const allowedMs = progressDeadlineMs(deployment);
  if (allowedMs === undefined || progressing === undefined) return undefined;
  if (progressing.reason === 'NewReplicaSetAvailable' || progressing.reason === 'ProgressDeadlineExceeded') {
    return undefined;
  }
  return (parseRfc3339(progressing.lastUpdateTime ?? '') ?? 0) + allowedMs;
}

/** The first failure of the newest set, else of any. */
function replicaFailure(sets: Sets): DeploymentCondition | undefined {
  const failing = (set: ReplicaSet | undefined): DeploymentCondition | undefined =>
    set?.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
  if (sets.newest !== undefined) {
    const own = failing(sets.newest);
    if (own !== undefined) return own;
  }
  return sets.all.map(failing).find((condition) => condition !== undefined);
}
