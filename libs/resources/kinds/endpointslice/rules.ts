import type { EndpointSlice } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { ipWarnings } from '../../syntax/ip-warnings.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, index } from '../../validation/field.ts';
import { age, listWithMore } from '../cells.ts';
import { equal, rulesOf } from '../strategy.ts';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './validate.ts';

/** How many ports and addresses a Table cell shows. */
const SHOWN = 3;
const UNSET = '<unset>';

function defaults(slice: Draft<EndpointSlice>): void {
  for (const port of slice.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
  // Both are written also when there are none.
  slice.endpoints ??= [];
  slice.ports ??= [];
}

/** What an older version said of places can be read in this one, and not written. */
function dropTopology(slice: Draft<EndpointSlice>): void {
  for (const endpoint of slice.endpoints ?? []) delete endpoint.deprecatedTopology;
}

function ports(slice: Given<EndpointSlice>): readonly string[] {
  return (slice.ports ?? []).map((port) => (port.port === undefined ? (port.name ?? '*') : String(port.port)));
}

function changed(next: Draft<EndpointSlice>, previous: Given<EndpointSlice>): boolean {
  const pairs = [
    [next.endpoints, previous.endpoints],
    [next.ports, previous.ports],
    [next.metadata?.labels, previous.metadata?.labels],
  ] as const;
  return pairs.some(([now, before]) => !equal(now, before));
}

/** Controllers whose addresses are as they should be. */
const CAREFUL: readonly string[] = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

function warnings({ metadata, addressType, endpoints = [] }: Given<EndpointSlice>): readonly string[] {
  const deprecated = addressType === 'FQDN' ? ['spec.addressType: FQDN endpoints are deprecated'] : [];
  if (CAREFUL.includes(metadata?.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return deprecated;
  const written = endpoints.flatMap(({ addresses = [] }, at) =>
    addresses.flatMap((address, place) =>
      ipWarnings(index(child(index('endpoints', at), 'addresses'), place), address),
    ),
  );
  return [...deprecated, ...written];
}

export const endpointSliceRules = rulesOf<EndpointSlice>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  prepareForCreate(slice) {
    dropTopology(slice);
    (slice.metadata ??= {}).generation = 1;
  },
  prepareForUpdate(next, previous) {
    if (!equal(next.endpoints, previous.endpoints)) dropTopology(next);
    const generation = previous.metadata?.generation ?? 0;
    (next.metadata ??= {}).generation = changed(next, previous) ? generation + 1 : generation;
  },
  validate: validateEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warnings,
  cells: (slice) => [
    slice.metadata?.name ?? '',
    slice.addressType ?? '',
    listWithMore(ports(slice), SHOWN, UNSET),
    listWithMore(
      (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []),
      SHOWN,
      UNSET,
    ),
    age(slice.metadata),
  ],
});
