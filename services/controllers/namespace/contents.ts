import type { ResourceName } from '@taffrail/controller/api-client';

const CONTENTS: readonly (readonly [group: string, version: string, ...resources: string[]])[] = [
  ['', 'v1', 'configmaps', 'endpoints', 'limitranges', 'persistentvolumeclaims', 'pods', 'podtemplates'],
  ['', 'v1', 'replicationcontrollers', 'resourcequotas', 'secrets', 'serviceaccounts', 'services'],
  ['apps', 'v1', 'controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  ['autoscaling', 'v2', 'horizontalpodautoscalers'],
  ['batch', 'v1', 'cronjobs', 'jobs'],
  ['certificates.k8s.io', 'v1beta1', 'podcertificaterequests'],
  ['coordination.k8s.io', 'v1', 'leases'],
  ['coordination.k8s.io', 'v1beta1', 'leasecandidates'],
  ['discovery.k8s.io', 'v1', 'endpointslices'],
  ['networking.k8s.io', 'v1', 'ingresses', 'networkpolicies'],
  ['policy', 'v1', 'poddisruptionbudgets'],
  ['rbac.authorization.k8s.io', 'v1', 'rolebindings', 'roles'],
  ['resource.k8s.io', 'v1', 'resourceclaims', 'resourceclaimtemplates'],
  ['storage.k8s.io', 'v1', 'csistoragecapacities'],
];

/**
 * Every resource that lies in namespaces, in the version it is stored in; Events, which nobody waits for, are left out.
 * Written out because the registry brings all the rules of all kinds with it; a test holds the two against each other.
 */
export const NAMESPACE_CONTENTS: readonly ResourceName[] = Object.freeze(
  CONTENTS.flatMap(([group, version, ...resources]) => resources.map((resource) => ({ group, version, resource }))),
);
