import { isDeepStrictEqual } from 'node:util';
import { ApiFailure, type ApiClient, type ResourceName, type WriteCause } from '@taffrail/controller/api-client';
import { parseRevision } from '@taffrail/platform/brand';
import type { Pod, PodStatus } from '@taffrail/resources/generated/types';
import { podName, podNamespace, podUid } from './pod-facts.ts';

export const PODS: ResourceName = Object.freeze({ group: '', version: 'v1', resource: 'pods' });

/** The chain of causes and the trace that the newest known change of a pod belongs to. */
export type PodCause = Pick<WriteCause, 'correlation' | 'traceparent'>;

/** The pod's revision as the cause of what the agent writes, in the chain that the revision belongs to. */
export function causedBy(pod: Pod, why: PodCause): WriteCause {
  const revision = parseRevision(pod.metadata.resourceVersion ?? '');
  return revision === undefined ? why : { ...why, revision };
}

/** What has to change for the API to say `next`; undefined when it does already. Fields of others are left alone. */
export function statusPatch(pod: Pod, next: PodStatus): Readonly<Record<string, unknown>> | undefined {
  const reported = pod.status ?? {};
  const patch: Record<string, unknown> = {};
  const { conditions = [], ...rest } = next;
  for (const [field, value] of Object.entries(rest)) {
    const before = reported[field as keyof PodStatus];
    if (isDeepStrictEqual(before, value)) continue;
    // Lists of addresses merge by address in a strategic patch: a changed one is replaced as a whole.
    const replaces = (field === 'podIPs' || field === 'hostIPs') && before !== undefined;
    patch[field] = replaces ? [{ $patch: 'replace' }, ...(value as readonly object[])] : value;
  }
  const before = new Map((reported.conditions ?? []).map((condition) => [condition.type, condition]));
  const changed = conditions.filter((condition) => {
    const { type, status, reason, message, lastTransitionTime, observedGeneration } = condition;
    const had = before.get(type);
    return !isDeepStrictEqual(
      [status, reason, message, lastTransitionTime, observedGeneration],
      [had?.status, had?.reason, had?.message, had?.lastTransitionTime, had?.observedGeneration],
    );
  });
  if (changed.length > 0) {
    // A reason that no longer holds is taken away, not left standing.
    patch['conditions'] = changed.map((condition) => ({
      ...condition,
      ...(condition.reason === undefined && before.get(condition.type)?.reason !== undefined ? { reason: null } : {}),
      ...(condition.message === undefined && before.get(condition.type)?.message !== undefined
        ? { message: null }
        : {}),
    }));
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/**
 * Why the status of a pod changes. While it is being brought up, ends or was changed by somebody, that is the reason; what
 * happens to a pod that was ready and was left alone is the node's own report, and the server takes it for one.
 */
function statusCause(pod: Pod, why: PodCause): WriteCause {
  const { metadata, status } = pod;
  const ready = status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  const seen = metadata.generation === undefined || metadata.generation === status?.observedGeneration;
  return ready && seen && metadata.deletionTimestamp === undefined ? {} : causedBy(pod, why);
}

/** Patches pods/status, fenced by the uid. Returns the pod as the API has it now; undefined when it is gone. */
export async function writeStatus(
  api: Pick<ApiClient, 'patch'>,
  pod: Pod,
  status: Readonly<Record<string, unknown>>,
  why: PodCause,
): Promise<Pod | undefined> {
  try {
    return await api.patch<Pod>(
      PODS,
      podNamespace(pod),
      podName(pod),
      { metadata: { uid: podUid(pod) }, status },
      { type: 'strategic', subresource: 'status', cause: statusCause(pod, why) },
    );
  } catch (error) {
    // 409: a new pod has the name. In both cases the source will say that ours is gone.
    if (error instanceof ApiFailure && (error.code === 404 || error.code === 409)) return undefined;
    throw error;
  }
}
