import type { Deployment } from '@taffrail/resources/generated/types';
import { resolveCount } from '../workload/int-or-percent.ts';

const NEVER_SECONDS = 2 ** 31 - 1;

export function isRollingUpdate(deployment: Deployment): boolean {
  return deployment.spec?.strategy?.type !== 'Recreate';
}

/** Pods that may exist beyond the wanted number during a rolling update. */
export function maxSurge(deployment: Deployment): number {
  return isRollingUpdate(deployment) ? fenceposts(deployment).surge : 0;
}

/** Pods that may be missing during a rolling update. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = deployment.spec?.replicas ?? 1;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment).unavailable, replicas);
}

/** Percentages resolved, surge rounded up and unavailable down; if both come to nothing one may be missing, or nothing would move. */
function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  const replicas = deployment.spec?.replicas ?? 1;
  const rolling = deployment.spec?.strategy?.rollingUpdate;
  const surge = resolveCount(rolling?.maxSurge, replicas, 'up');
  const unavailable = resolveCount(rolling?.maxUnavailable, replicas, 'down');
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** How long a rollout may stand still before it counts as failed; undefined for ever. */
export function progressDeadlineMs(deployment: Deployment): number | undefined {
  const seconds = deployment.spec?.progressDeadlineSeconds;
  return seconds === undefined || seconds === NEVER_SECONDS ? undefined : seconds * 1000;
}

/** How many old sets are kept for rolling back; undefined for all. */
export function historyLimit(deployment: Deployment): number | undefined {
  const limit = deployment.spec?.revisionHistoryLimit;
  return limit === NEVER_SECONDS ? undefined : limit;
}
