import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Node, Taint } from '@taffrail/resources/generated/types';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';

/** Which condition, in which state, keeps new pods away by which taint. */
const BY_CONDITION: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const MANAGED = new Set([...BY_CONDITION.map(([, , key]) => key), UNSCHEDULABLE]);

/**
 * The taints a node should carry; undefined when it does. Conditions give NoSchedule; a node that is not ready gives
 * NoExecute as well, unless `evict` is off. Taints of others are left alone but for their date.
 */
export function wantedTaints(node: Node, evict: boolean, nowMs: number): readonly Taint[] | undefined {
  const present = node.spec?.taints ?? [];
  const wanted = new Map<string, string>();
  // A node that has not reported at all yet takes no pods, but nothing is driven off it either.
  for (const [type, status, key] of BY_CONDITION) {
    const reported = conditionStatus(node, type) ?? (type === 'Ready' ? 'False' : undefined);
    if (reported === status) wanted.set(`${key}:NoSchedule`, key);
  }
  if (node.spec?.unschedulable === true) wanted.set(`${UNSCHEDULABLE}:NoSchedule`, UNSCHEDULABLE);
  const ready = conditionStatus(node, 'Ready');
  if (evict && ready === 'False') wanted.set(`${NOT_READY}:NoExecute`, NOT_READY);
  if (evict && ready === 'Unknown') wanted.set(`${UNREACHABLE}:NoExecute`, UNREACHABLE);

  const isOurs = (taint: Taint): boolean =>
    (taint.effect === 'NoSchedule' && MANAGED.has(taint.key)) ||
    (taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE));
  const kept = present.filter((taint) => !isOurs(taint) || wanted.has(`${taint.key}:${taint.effect}`));
  const standing = new Set(kept.map((taint) => `${taint.key}:${taint.effect}`));
  const added = [...wanted]
    .filter(([text]) => !standing.has(text))
    .map(([text, key]): Taint => {
      const effect = text.slice(text.lastIndexOf(':') + 1);
      return { key, effect, timeAdded: rfc3339Seconds(nowMs) };
    });
  const undated = kept.some(isUndated);
  if (added.length === 0 && kept.length === present.length && !undated) return undefined;
  const dated = kept.map((taint) => (isUndated(taint) ? { ...taint, timeAdded: rfc3339Seconds(nowMs) } : taint));
  return [...dated, ...added];
}

/** Whoever taints a node by hand says no time; those who tolerate the taint for a while count from when it was seen. */
function isUndated(taint: Taint): boolean {
  return taint.effect === 'NoExecute' && taint.timeAdded === undefined;
}

function conditionStatus(node: Node, type: string): string | undefined {
  return node.status?.conditions?.find((condition) => condition.type === type)?.status;
}
