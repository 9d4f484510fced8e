import { limits } from '@taffrail/platform/limits';
import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';

/** Evictions that were let through and have not shown in their pods yet. */
export interface Outstanding {
  readonly disruptedPods: Readonly<Record<string, string>>;
  /** When the next one is given up, epoch milliseconds. */
  readonly nextMs: number | undefined;
}

/** Those of a budget that still count: the pod is there, is not ending, and there is time left for it to end. */
export function outstanding(budget: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Outstanding {
  const kept: Record<string, string> = {};
  let nextMs: number | undefined;
  const disrupted = budget.status?.disruptedPods ?? {};
  for (const { metadata } of pods) {
    const at = disrupted[metadata.name ?? ''];
    const endsMs = (parseRfc3339(at ?? '') ?? 0) + limits.disruptionConfirmMs;
    if (at === undefined || metadata.deletionTimestamp !== undefined || endsMs <= nowMs) continue;
    kept[metadata.name ?? ''] = at;
    nextMs = Math.min(nextMs ?? endsMs, endsMs);
  }
  return { disruptedPods: kept, nextMs };
}
