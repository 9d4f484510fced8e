import type { ResourceName } from '@taffrail/controller/api-client';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINTS,
  ENDPOINT_SLICES,
  LEASES,
  NAMESPACES,
  NODES,
  PODS,
  REPLICA_SETS,
  SECRETS,
  SERVICES,
  SERVICE_ACCOUNTS,
} from '../resource-names.ts';

/** A resource that can own or be owned. */
export interface OwnableResource {
  readonly resource: ResourceName;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Everything the collector looks after. An owner of any other kind counts as being there. */
export const OWNABLE: readonly OwnableResource[] = Object.freeze([
  { resource: DEPLOYMENTS, kind: 'Deployment', namespaced: true },
  { resource: REPLICA_SETS, kind: 'ReplicaSet', namespaced: true },
  { resource: PODS, kind: 'Pod', namespaced: true },
  { resource: SERVICES, kind: 'Service', namespaced: true },
  { resource: ENDPOINTS, kind: 'Endpoints', namespaced: true },
  { resource: ENDPOINT_SLICES, kind: 'EndpointSlice', namespaced: true },
  { resource: CONFIG_MAPS, kind: 'ConfigMap', namespaced: true },
  { resource: SECRETS, kind: 'Secret', namespaced: true },
  { resource: SERVICE_ACCOUNTS, kind: 'ServiceAccount', namespaced: true },
  { resource: LEASES, kind: 'Lease', namespaced: true },
  { resource: NODES, kind: 'Node', namespaced: false },
  { resource: NAMESPACES, kind: 'Namespace', namespaced: false },
]);

/** The resource an owner reference points at. Versions of one kind are the same objects. */
export function ownableOf(reference: {
  readonly apiVersion: string;
  readonly kind: string;
}): OwnableResource | undefined {
  const slash = reference.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : reference.apiVersion.slice(0, slash);
  return OWNABLE.find((candidate) => candidate.kind === reference.kind && candidate.resource.group === group);
}
