/**
 * The kinds whose types are generated, by their names in `@kubernetes/client-node`; what they refer to comes along.
 * A new kind begins with a line here.
 */
export const ROOTS: readonly string[] = [
  'V1Namespace',
  'V1Node',
  'V1Pod',
  'V1PodTemplate',
  'V1ConfigMap',
  'V1Secret',
  'V1Service',
  'V1ServiceAccount',
  'V1Endpoints',
  'CoreV1Event',
  'V1Lease',
  'V1ReplicaSet',
  'V1Deployment',
  'V1EndpointSlice',
  'V1Binding',
  'V1Eviction',
  'V1Scale',
  'V1DeleteOptions',
  'V1Status',
  'V1Condition',
  'V1ListMeta',
  // Described already, served later.
  'V1ControllerRevision',
  'V1DaemonSet',
  'V1StatefulSet',
  'V1LimitRange',
  'V1PersistentVolume',
  'V1PersistentVolumeClaim',
  'V1ReplicationController',
  'V1ResourceQuota',
  'V1ComponentStatus',
];
