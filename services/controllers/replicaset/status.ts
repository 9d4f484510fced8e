import { mapMatches } from '@taffrail/controller/label-selector';
import type { PlanFailure } from '@taffrail/controller/controller';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '@taffrail/resources/generated/types';
import { isAvailable, isReady } from '../workload/pod.ts';

/** The status a replica set should have, given its active pods and what went wrong last time. */
export function replicaSetStatus(
  set: ReplicaSet,
  pods: readonly Pod[],
  failure: PlanFailure | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const templateLabels = set.spec?.template?.metadata?.labels;
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const fullyLabeled = pods.filter((pod) => mapMatches(templateLabels, pod.metadata.labels)).length;
  const ready = pods.filter(isReady).length;
  const available = pods.filter((pod) => isAvailable(pod, minReadySeconds, nowMs)).length;
  const conditions = failureConditions(set.status?.conditions ?? [], failure, nowMs);
  return {
    replicas: pods.length,
    ...(fullyLabeled === 0 ? {} : { fullyLabeledReplicas: fullyLabeled }),
    ...(ready === 0 ? {} : { readyReplicas: ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    ...(set.metadata.generation === undefined ? {} : { observedGeneration: set.metadata.generation }),
    ...(conditions.length === 0 ? {} : { conditions }),
  };
}

/** ReplicaFailure stands while creating or deleting pods fails; a standing one keeps its first reason. */
function failureConditions(
  conditions: readonly ReplicaSetCondition[],
  failure: PlanFailure | undefined,
  nowMs: number,
): readonly ReplicaSetCondition[] {
  const standing = conditions.find((condition) => condition.type === 'ReplicaFailure');
  const others = conditions.filter((condition) => condition.type !== 'ReplicaFailure');
  if (failure === undefined) return others;
  if (standing !== undefined) return conditions;
  const reason = failure.command === 'delete' ? 'FailedDelete' : 'FailedCreate';
  const lastTransitionTime = rfc3339Seconds(nowMs);
  return [...others, { type: 'ReplicaFailure', status: 'True', reason, message: failure.message, lastTransitionTime }];
}
