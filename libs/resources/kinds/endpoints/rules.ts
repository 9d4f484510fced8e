import type { Endpoints } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { ipWarnings } from '../../syntax/ip-warnings.ts';
import { age, listWithMore, NONE } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateEndpoints } from './validate.ts';

/** How many addresses a Table cell shows. */
const SHOWN = 3;

function defaults(endpoints: Draft<Endpoints>): void {
  for (const subset of endpoints.subsets ?? []) {
    for (const port of subset.ports ?? []) {
      if (port.protocol === undefined || port.protocol === '') port.protocol = 'TCP';
    }
  }
}

function addresses(endpoints: Given<Endpoints>): readonly string[] {
  return (endpoints.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map((one) => one.ip ?? '')
      : ports.flatMap((port) => addresses.map((one) => hostPort(one.ip ?? '', port.port ?? 0))),
  );
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Addresses in a form that will be refused some day; what the controller writes is in the right one. */
function endpointsWarnings({ metadata, subsets = [] }: Given<Endpoints>): readonly string[] {
  if (metadata?.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return subsets.flatMap((subset, at) =>
    (['addresses', 'notReadyAddresses'] as const).flatMap((field) =>
      (subset[field] ?? []).flatMap(({ ip = '' }, place) => ipWarnings(`subsets[${at}].${field}[${place}].ip`, ip)),
    ),
  );
}

export const endpointsRules = rulesOf<Endpoints>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  validate: validateEndpoints,
  warnings: endpointsWarnings,
  cells: (endpoints) => [
    endpoints.metadata?.name ?? '',
    listWithMore(addresses(endpoints), SHOWN, NONE),
    age(endpoints.metadata),
  ],
});
