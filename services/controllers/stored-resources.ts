import type { ResourceName } from '@taffrail/controller/api-client';

/** A resource whose objects the server keeps. */
export interface StoredResource {
  readonly resource: ResourceName;
  readonly kind: string;
  readonly namespaced: boolean;
}

type Kinds = readonly (readonly [group: string, version: string, ...kinds: string[]])[];

const IN_NAMESPACES: Kinds = [
  ['', 'v1', 'ConfigMap', 'Endpoints', 'LimitRange', 'PersistentVolumeClaim', 'Pod', 'PodTemplate'],
  ['', 'v1', 'ReplicationController', 'ResourceQuota', 'Secret', 'Service', 'ServiceAccount'],
  ['apps', 'v1', 'ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  ['autoscaling', 'v2', 'HorizontalPodAutoscaler'],
  ['batch', 'v1', 'CronJob', 'Job'],
  ['certificates.k8s.io', 'v1beta1', 'PodCertificateRequest'],
  ['coordination.k8s.io', 'v1', 'Lease'],
  ['coordination.k8s.io', 'v1beta1', 'LeaseCandidate'],
  ['discovery.k8s.io', 'v1', 'EndpointSlice'],
  ['networking.k8s.io', 'v1', 'Ingress', 'NetworkPolicy'],
  ['policy', 'v1', 'PodDisruptionBudget'],
  ['rbac.authorization.k8s.io', 'v1', 'Role', 'RoleBinding'],
  ['resource.k8s.io', 'v1', 'ResourceClaim', 'ResourceClaimTemplate'],
  ['storage.k8s.io', 'v1', 'CSIStorageCapacity'],
];

const OF_THE_CLUSTER: Kinds = [
  ['', 'v1', 'Namespace', 'Node', 'PersistentVolume'],
  ['admissionregistration.k8s.io', 'v1', 'MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding'],
  ['admissionregistration.k8s.io', 'v1', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
  ['apiextensions.k8s.io', 'v1', 'CustomResourceDefinition'],
  ['apiregistration.k8s.io', 'v1', 'APIService'],
  ['certificates.k8s.io', 'v1', 'CertificateSigningRequest'],
  ['certificates.k8s.io', 'v1beta1', 'ClusterTrustBundle'],
  ['flowcontrol.apiserver.k8s.io', 'v1', 'FlowSchema', 'PriorityLevelConfiguration'],
  ['networking.k8s.io', 'v1', 'IngressClass', 'IPAddress', 'ServiceCIDR'],
  ['node.k8s.io', 'v1', 'RuntimeClass'],
  ['rbac.authorization.k8s.io', 'v1', 'ClusterRole', 'ClusterRoleBinding'],
  ['resource.k8s.io', 'v1', 'DeviceClass', 'ResourceSlice'],
  ['resource.k8s.io', 'v1beta2', 'DeviceTaintRule'],
  ['scheduling.k8s.io', 'v1', 'PriorityClass'],
  ['storage.k8s.io', 'v1', 'CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'],
  ['storagemigration.k8s.io', 'v1beta1', 'StorageVersionMigration'],
];

/**
 * Every resource the server keeps, in the version it is stored in; Events, which belong to nothing and nobody waits for,
 * are left out. Written out because the registry brings all the rules of all kinds with it; a test holds the two against
 * each other.
 */
export const STORED_RESOURCES: readonly StoredResource[] = Object.freeze([
  ...resourcesOf(IN_NAMESPACES, true),
  ...resourcesOf(OF_THE_CLUSTER, false),
]);

function resourcesOf(kinds: Kinds, namespaced: boolean): readonly StoredResource[] {
  return kinds.flatMap(([group, version, ...names]) =>
    names.map((kind) => {
      const resource = Object.freeze({ group, version, resource: plural(kind.toLowerCase()) });
      return Object.freeze({ resource, kind, namespaced });
    }),
  );
}

function plural(word: string): string {
  if (word === 'endpoints') return word;
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`;
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
}
