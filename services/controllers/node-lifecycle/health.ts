import type { View } from '@taffrail/controller/controller';
import { parseRfc3339, rfc3339Seconds } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Lease, Node, NodeCondition } from '@taffrail/resources/generated/types';
import { LEASES } from '../resource-names.ts';

export const NODE_LEASES = 'kube-node-lease';

/** Conditions an agent reports; without its reports they are unknown. */
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/** Until when a node counts as heard from, epoch milliseconds of our own clock. */
export function heardUntilMs(view: View, node: Node): number {
  const name = node.metadata.name ?? '';
  if (view.get<Lease>(LEASES, NODE_LEASES, name) !== undefined) {
    // Renewals are timed by when they are seen here: the node's own clock may be anything.
    return view.sinceMs(LEASES, NODE_LEASES, name) + limits.nodeMonitorGraceMs;
  }
  const ready = readyCondition(node);
  const reported = parseRfc3339(ready?.lastHeartbeatTime ?? node.metadata.creationTimestamp ?? '') ?? 0;
  return reported + limits.nodeMonitorGraceMs;
}

export function readyCondition(node: Node): NodeCondition | undefined {
  return node.status?.conditions?.find((condition) => condition.type === 'Ready');
}

/** The conditions of a node that is not heard from any more; undefined when they already say so. */
export function unheardConditions(node: Node, nowMs: number): readonly NodeCondition[] | undefined {
  const conditions = node.status?.conditions ?? [];
  const now = rfc3339Seconds(nowMs);
  let changed = false;
  const next = new Map(conditions.map((condition) => [condition.type, condition]));
  for (const type of REPORTED) {
    const before = next.get(type);
    if (before?.status === 'Unknown') continue;
    changed = true;
    next.set(type, {
      type,
      status: 'Unknown',
      ...(before === undefined
        ? { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' }
        : { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }),
      ...(before?.lastHeartbeatTime === undefined
        ? { lastHeartbeatTime: node.metadata.creationTimestamp ?? now }
        : { lastHeartbeatTime: before.lastHeartbeatTime }),
      lastTransitionTime: now,
    });
  }
  return changed ? [...next.values()] : undefined;
}
