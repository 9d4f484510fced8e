import type { ContainerStatus, Pod } from '@taffrail/resources/generated/types';
import { createdMs, isActive, isReady, readySinceMs } from '../workload/pod.ts';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The `count` pods that are missed least, in Kubernetes' order: not bound before bound, pending before running, not ready
 * before ready, low deletion cost first, doubled up on a node first, ready for a short time first, many restarts first,
 * young first. Ages are compared by their order of magnitude, so that not always the same pods go.
 * `related` are all pods of sibling replica sets, which count as doubling up.
 */
export function podsToDelete(
  pods: readonly Pod[],
  related: readonly Pod[],
  count: number,
  nowMs: number,
): readonly Pod[] {
  if (count >= pods.length) return pods;
  const perNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec?.nodeName;
    if (node !== undefined && isActive(pod)) perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => ({ pod, rank: perNode.get(pod.spec?.nodeName ?? '') ?? 0 }));
  ranked.sort((a, b) => compare(a, b, nowMs));
  return ranked.slice(0, count).map(({ pod }) => pod);
}

interface Ranked {
  readonly pod: Pod;
  readonly rank: number;
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/** Negative when `a` goes first. */
function compare(a: Ranked, b: Ranked, nowMs: number): number {
  return (
    Number(isBound(a.pod)) - Number(isBound(b.pod)) ||
    phaseOrder(a.pod) - phaseOrder(b.pod) ||
    Number(isReady(a.pod)) - Number(isReady(b.pod)) ||
    deletionCost(a.pod) - deletionCost(b.pod) ||
    b.rank - a.rank ||
    byAge(a.pod, b.pod, readySinceMs(a.pod), readySinceMs(b.pod), nowMs) ||
    compareRestarts(a.pod, b.pod) ||
    byAge(a.pod, b.pod, createdMs(a.pod), createdMs(b.pod), nowMs)
  );
}

function isBound(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

function phaseOrder(pod: Pod): number {
  return PHASES[pod.status?.phase ?? 'Pending'] ?? 0;
}

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '0';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

/** The younger first; of one order of magnitude by uid, which is as good as chance. */
function byAge(a: Pod, b: Pod, aMs: number | undefined, bMs: number | undefined, nowMs: number): number {
  if (aMs === undefined || bMs === undefined || aMs === bMs) return 0;
  const difference = magnitude(nowMs - aMs) - magnitude(nowMs - bMs);
  if (difference !== 0) return difference;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
}

function magnitude(ageMs: number): number {
  return ageMs <= 0 ? -1 : Math.floor(Math.log2(ageMs * 1_000_000));
}

function compareRestarts(a: Pod, b: Pod): number {
  return maxRestarts(b.status?.containerStatuses) - maxRestarts(a.status?.containerStatuses);
}

function maxRestarts(statuses: readonly ContainerStatus[] | undefined): number {
  return Math.max(0, ...(statuses ?? []).map((status) => status.restartCount));
}
