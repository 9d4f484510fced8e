import type { ResourceName } from '@taffrail/controller/api-client';

function core(resource: string): ResourceName {
  return Object.freeze({ group: '', version: 'v1', resource });
}

export const NAMESPACES = core('namespaces');
export const NODES = core('nodes');
export const PODS = core('pods');
export const SERVICES = core('services');
export const ENDPOINTS = core('endpoints');
export const CONFIG_MAPS = core('configmaps');
export const SECRETS = core('secrets');
export const SERVICE_ACCOUNTS = core('serviceaccounts');
export const RESOURCE_QUOTAS = core('resourcequotas');
export const EVENTS = core('events');
export const PERSISTENT_VOLUMES = core('persistentvolumes');
export const PERSISTENT_VOLUME_CLAIMS = core('persistentvolumeclaims');
export const VOLUME_ATTRIBUTES_CLASSES: ResourceName = Object.freeze({
  group: 'storage.k8s.io',
  version: 'v1',
  resource: 'volumeattributesclasses',
});
export const ENDPOINT_SLICES: ResourceName = Object.freeze({
  group: 'discovery.k8s.io',
  version: 'v1',
  resource: 'endpointslices',
});
export const LEASES: ResourceName = Object.freeze({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' });
export const DEPLOYMENTS: ResourceName = Object.freeze({ group: 'apps', version: 'v1', resource: 'deployments' });
export const REPLICA_SETS: ResourceName = Object.freeze({ group: 'apps', version: 'v1', resource: 'replicasets' });
export const STATEFUL_SETS: ResourceName = Object.freeze({ group: 'apps', version: 'v1', resource: 'statefulsets' });
export const REPLICATION_CONTROLLERS = core('replicationcontrollers');
export const POD_DISRUPTION_BUDGETS: ResourceName = Object.freeze({
  group: 'policy',
  version: 'v1',
  resource: 'poddisruptionbudgets',
});
export const IP_ADDRESSES: ResourceName = Object.freeze({
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'ipaddresses',
});
export const SERVICE_CIDRS: ResourceName = Object.freeze({
  group: 'networking.k8s.io',
  version: 'v1',
  resource: 'servicecidrs',
});
