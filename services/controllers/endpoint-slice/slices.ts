import { limits } from '@taffrail/platform/limits';
import type { Endpoint, EndpointSlice } from '@taffrail/resources/generated/types';
import { sameJson } from '../workload/same-json.ts';
import { groupText, type EndpointGroup } from './endpoint.ts';

/** What slices should become. */
export interface SliceChanges {
  /** Endpoints of slices to be made. */
  readonly create: readonly { readonly group: EndpointGroup; readonly endpoints: readonly Endpoint[] }[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly endpoints: readonly Endpoint[] }[];
  readonly remove: readonly EndpointSlice[];
}

/**
 * Moves as little as possible: an endpoint stays in the slice it is in, new ones fill slices that change anyway, then
 * others with room, then new slices. No slice holds more than the bound. A service without endpoints keeps one empty slice.
 */
export function sliceChanges(groups: readonly EndpointGroup[], slices: readonly EndpointSlice[]): SliceChanges {
  const create: { group: EndpointGroup; endpoints: readonly Endpoint[] }[] = [];
  const update: { slice: EndpointSlice; endpoints: readonly Endpoint[] }[] = [];
  const unused = new Set(slices);
  for (const group of groups) {
    const text = groupText(group.family, group.ports);
    const own = slices.filter((slice) => groupText(slice.addressType, slice.ports) === text);
    const waiting = new Map(group.endpoints.map((endpoint) => [identity(endpoint), endpoint]));
    const filled = own.map((slice) => {
      const kept: Endpoint[] = [];
      for (const endpoint of slice.endpoints ?? []) {
        const wanted = waiting.get(identity(endpoint));
        if (wanted === undefined || kept.length >= limits.endpointsPerSliceCount) continue;
        kept.push(wanted);
        waiting.delete(identity(endpoint));
      }
      return { slice, endpoints: kept, changed: !sameJson(kept, slice.endpoints ?? []) };
    });
    const fresh = [...waiting.values()];
    for (const target of [...filled].sort((a, b) => Number(b.changed) - Number(a.changed))) {
      const room = limits.endpointsPerSliceCount - target.endpoints.length;
      const added = fresh.splice(0, room);
      if (added.length === 0) continue;
      target.endpoints.push(...added);
      target.changed = true;
    }
    while (fresh.length > 0) create.push({ group, endpoints: fresh.splice(0, limits.endpointsPerSliceCount) });
    for (const { slice, endpoints, changed } of filled) {
      if (endpoints.length === 0 && group.endpoints.length > 0) continue;
      unused.delete(slice);
      if (changed) update.push({ slice, endpoints });
    }
  }
  return { create, update, remove: [...unused] };
}

function identity(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.uid ?? ''} ${endpoint.addresses.join(',')}`;
}
