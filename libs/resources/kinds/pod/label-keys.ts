import type { LabelSelector, Pod } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';

interface Keyed {
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
  readonly labelSelector?: Draft<LabelSelector> | undefined;
}

/** Turns keys into what they mean for a pod with these labels: its value, or every other. A null selector stays one. In place. */
export function applyLabelKeys(pod: Draft<Pod>): void {
  const labels = pod.metadata?.labels ?? {};
  const { affinity, topologySpreadConstraints = [] } = pod.spec ?? {};
  for (const kind of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    for (const { podAffinityTerm } of kind?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      if (podAffinityTerm !== undefined) apply(podAffinityTerm, labels);
    }
    for (const term of kind?.requiredDuringSchedulingIgnoredDuringExecution ?? []) apply(term, labels);
  }
  for (const constraint of topologySpreadConstraints) apply(constraint, labels);
}

function apply(keyed: Keyed, labels: Readonly<Record<string, string | undefined>>): void {
  const { labelSelector: selector, matchLabelKeys = [], mismatchLabelKeys = [] } = keyed;
  if (selector === undefined) return;
  for (const [keys, operator] of [
    [matchLabelKeys, 'In'],
    [mismatchLabelKeys, 'NotIn'],
  ] as const) {
    for (const key of keys) {
      const value = labels[key];
      if (value !== undefined) (selector.matchExpressions ??= []).push({ key, operator, values: [value] });
    }
  }
}
