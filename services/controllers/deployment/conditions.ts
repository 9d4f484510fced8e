import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { DeploymentCondition } from '@taffrail/resources/generated/types';

export type ConditionType = 'Available' | 'Progressing' | 'ReplicaFailure';
type Conditions = readonly DeploymentCondition[];

export function conditionOf(conditions: Conditions, type: ConditionType): DeploymentCondition | undefined {
  return conditions.find((condition) => condition.type === type);
}

export function newCondition(
  type: ConditionType,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  nowMs: number,
): DeploymentCondition {
  const now = rfc3339Seconds(nowMs);
  return { type, status, lastUpdateTime: now, lastTransitionTime: now, reason, message };
}

/** Puts a condition in. One of the same status and reason stands as it is; the time of the last transition is kept while the status is. */
export function withCondition(conditions: Conditions, next: DeploymentCondition): Conditions {
  const current = conditions.find((condition) => condition.type === next.type);
  if (current?.status === next.status && current.reason === next.reason) return conditions;
  const kept = current?.status === next.status ? current.lastTransitionTime : undefined;
  const placed = kept === undefined ? next : { ...next, lastTransitionTime: kept };
  return [...conditions.filter((condition) => condition.type !== next.type), placed];
}

export function withoutCondition(conditions: Conditions, type: ConditionType): Conditions {
  return conditions.filter((condition) => condition.type !== type);
}
