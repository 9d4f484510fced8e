import type { Pod, PodStatus } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { qosClass } from './qos.ts';

/** What an older node agent may not know of, and so may not take away. */
const KEPT = [
  'resourceClaimStatuses',
  'extendedResourceClaimStatus',
  'nodeAllocatableResourceClaimStatuses',
  'observedGeneration',
] as const;

/** Through `status` a node agent reports; it may not give a pod away, nor forget what was said before. In place. */
export function keepReported(next: Draft<Pod>, previous: Given<Pod>): void {
  const metadata = (next.metadata ??= {}) as MutableJsonObject;
  const owners = previous.metadata?.ownerReferences;
  if (owners === undefined) delete metadata['ownerReferences'];
  else metadata['ownerReferences'] = structuredClone(owners) as unknown as MutableJsonObject[];
  const { status } = next;
  if (status === undefined) return;
  const before: Given<PodStatus> = previous.status ?? {};
  status.qosClass ??= before.qosClass ?? qosClass(previous);
  for (const field of KEPT) {
    const value = before[field];
    if (value !== undefined) (status as MutableJsonObject)[field] ??= structuredClone(value) as MutableJsonObject;
  }
  keepGenerations(status, before);
}

/** A condition that names no generation was seen at the one it named before. */
function keepGenerations(status: Draft<PodStatus>, before: Given<PodStatus>): void {
  const left = [...(before.conditions ?? [])];
  for (const condition of status.conditions ?? []) {
    const at = left.findIndex((one) => one.type === condition.type);
    const generation = at < 0 ? undefined : left.splice(at, 1)[0]?.observedGeneration;
    if (generation !== undefined && (condition.observedGeneration ?? 0) === 0)
      condition.observedGeneration = generation;
  }
}
