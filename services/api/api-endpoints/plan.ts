import type { Endpoints, EndpointSlice } from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { equal } from '@taffrail/resources/kinds/strategy';

/** The Service whose endpoints the API servers themselves are; Endpoints and slice bear its name. */
export const API_SERVICE = Object.freeze({ namespace: 'default', name: 'kubernetes' });

const SKIP_MIRROR = 'endpointslice.kubernetes.io/skip-mirror';
export const SERVICE_NAME = 'kubernetes.io/service-name';

/** What stands in the cluster now. */
export interface ApiEndpoints {
  readonly endpoints: KubeObject | undefined;
  /** Every slice that says it is of the Service. */
  readonly slices: readonly KubeObject[];
}

export interface ApiEndpointsPlan {
  /** To be created or, with the resourceVersion that was seen, updated; absent when it is right already. */
  readonly endpoints?: JsonObject;
  readonly slice?: JsonObject;
  /** Slices that say they are of the Service and are not ours, in the order they are to be deleted. */
  readonly remove: readonly string[];
}

/**
 * What Endpoints and slice should become so that they name the servers at `addresses`. A port that is there stays unless
 * `ownPort` is to replace it: servers that listen on different ports would else take turns forever.
 */
export function planApiEndpoints(
  present: ApiEndpoints,
  addresses: readonly string[],
  port: number,
  ownPort: boolean,
): ApiEndpointsPlan {
  const sorted = [...new Set(addresses)].sort();
  const ports = [{ name: 'https', port, protocol: 'TCP' }];
  const endpoints = wantedEndpoints(present.endpoints as Endpoints | undefined, sorted, ports, ownPort);
  const own = present.slices.find((slice) => isOurs(slice as unknown as EndpointSlice));
  const slice = wantedSlice(own as EndpointSlice | undefined, sorted, ports, ownPort);
  return {
    ...(same(endpoints, present.endpoints, ['subsets']) ? {} : { endpoints }),
    ...(same(slice, own, ['endpoints', 'ports']) ? {} : { slice }),
    remove: present.slices.filter((one) => one !== own).map(({ metadata }) => metadata.name ?? ''),
  };
}

type Ports = readonly { readonly name: string; readonly port: number; readonly protocol: string }[];

function isOurs({ metadata, addressType }: EndpointSlice): boolean {
  return metadata.name === API_SERVICE.name && addressType === 'IPv4';
}

function wantedEndpoints(
  present: Endpoints | undefined,
  addresses: readonly string[],
  ports: Ports,
  ownPort: boolean,
): JsonObject {
  const subset = present?.subsets?.length === 1 ? present.subsets[0] : undefined;
  const kept = ownPort || subset?.ports === undefined || subset.ports.length === 0 ? ports : subset.ports;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { ...identity(present), labels: { [SKIP_MIRROR]: 'true' } },
    subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: kept as unknown as readonly JsonObject[] }],
  };
}

function wantedSlice(
  present: EndpointSlice | undefined,
  addresses: readonly string[],
  ports: Ports,
  ownPort: boolean,
): JsonObject {
  const kept = ownPort || present?.ports === undefined || present.ports.length === 0 ? ports : present.ports;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...identity(present), labels: { [SERVICE_NAME]: API_SERVICE.name } },
    addressType: 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: kept as unknown as readonly JsonObject[],
  };
}

/** The metadata of an update is that of the object that was seen: nobody else's change in between is overwritten. */
function identity(present: Endpoints | EndpointSlice | undefined): JsonObject {
  return { ...(present?.metadata as unknown as JsonObject | undefined), ...API_SERVICE };
}

function same(wanted: JsonObject, present: KubeObject | undefined, fields: readonly string[]): boolean {
  if (present === undefined) return false;
  const { labels } = wanted['metadata'] as JsonObject;
  return equal(labels, { ...present.metadata.labels }) && fields.every((name) => equal(wanted[name], present[name]));
}
