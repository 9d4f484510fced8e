import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Condition, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@taffrail/resources/generated/types';
import type { Expectation } from './expected-pods.ts';

/** What a budget's pods come to. */
export interface Findings {
  readonly expectation: Expectation;
  readonly healthy: number;
  readonly disruptedPods: Readonly<Record<string, string>>;
}

/** The status a budget should have. What is not known allows nothing and leaves the counts as they were. */
export function budgetStatus(
  budget: PodDisruptionBudget,
  { expectation, healthy, disruptedPods }: Findings,
  nowMs: number,
): PodDisruptionBudgetStatus {
  const generation = budget.metadata.generation ?? 0;
  const before = budget.status ?? {};
  if (expectation.failure !== undefined) {
    const failed = condition(before, 'False', 'SyncFailed', expectation.failure, before.observedGeneration ?? 0, nowMs);
    return { ...before, disruptionsAllowed: 0, conditions: failed };
  }
  const { expected, desired } = expectation;
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, healthy - desired);
  const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const allowed = disruptionsAllowed > 0 ? 'True' : 'False';
  const { disruptedPods: _settled, ...kept } = before;
  return {
    ...kept,
    observedGeneration: generation,
    ...(Object.keys(disruptedPods).length === 0 ? {} : { disruptedPods }),
    disruptionsAllowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: expected,
    conditions: condition(before, allowed, reason, '', generation, nowMs),
  };
}

/** The conditions with the one of ours; its time is when its status changed. */
function condition(
  { conditions = [] }: PodDisruptionBudgetStatus,
  status: 'True' | 'False',
  reason: string,
  message: string,
  observedGeneration: number,
  nowMs: number,
): readonly Condition[] {
  const type = 'DisruptionAllowed';
  const before = conditions.find((one) => one.type === type);
  const lastTransitionTime = before?.status === status ? before.lastTransitionTime : rfc3339Seconds(nowMs);
  const current = { type, status, observedGeneration, lastTransitionTime, reason, message };
  return before === undefined ? [...conditions, current] : conditions.map((one) => (one === before ? current : one));
}
