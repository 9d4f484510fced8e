import { memoryApi, type MemoryApi } from '@taffrail/controller/testing/memory-api';
import { systemClock } from '@taffrail/platform/clock';
import type { PodCondition, PodStatus } from '@taffrail/resources/generated/types';

interface StatusPatch {
  readonly status: PodStatus & { readonly conditions?: readonly PodCondition[] };
}

/** The memory API, with the part of a strategic patch that a pod's status needs: conditions merge by type. */
export function podApi(): MemoryApi {
  const api = memoryApi(systemClock, 11);
  const mergePatch = api.patch;
  api.patch = (resource, namespace, name, patch, how) => {
    if (how.type !== 'strategic') return mergePatch(resource, namespace, name, patch, how);
    const { status } = patch as StatusPatch;
    const before = api.find<{ readonly status?: PodStatus }>(resource, namespace, name)?.status?.conditions ?? [];
    const changed = new Map((status.conditions ?? []).map((condition) => [condition.type, condition]));
    const conditions = [
      ...before.map((condition) => ({ ...condition, ...changed.get(condition.type) })),
      ...[...changed.values()].filter(({ type }) => !before.some((condition) => condition.type === type)),
    ].map((condition) => Object.fromEntries(Object.entries(condition).filter(([, value]) => value !== null)));
    const addresses = (list: readonly object[] | undefined): readonly object[] | undefined =>
      list?.filter((entry) => !('$patch' in entry));
    const podIPs = addresses(status.podIPs);
    const next = { ...status, conditions, ...(podIPs === undefined ? {} : { podIPs }) };
    return mergePatch(resource, namespace, name, { status: next }, how);
  };
  return api;
}
