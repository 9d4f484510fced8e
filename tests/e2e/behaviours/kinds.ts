/** What the usual life of an object is tried with: one of a kind, and what changes in it. */
export interface KindUnderTest {
  /** `/apis/apps/v1` and the like. */
  readonly base: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** All of the object but its metadata. */
  readonly content: Readonly<Record<string, unknown>>;
  /** A merge patch of the object, and what must be read then. */
  readonly change?: Readonly<Record<string, unknown>>;
  /** A merge patch of the status subresource, which must then be read as it was sent. */
  readonly status?: Readonly<Record<string, unknown>>;
  /** Where a write of the status changes nothing but the status. */
  readonly statusKeepsMetadata?: boolean;
  /** Where controllers write to what they find, too: other changes may be seen between ours. */
  readonly acted?: boolean;
}

const labels = { app: 'web' };
const template = {
  metadata: { labels },
  spec: { containers: [{ name: 'web', image: 'registry.k8s.io/pause:3.10' }] },
};
const jobTemplate = {
  spec: { template: { spec: { restartPolicy: 'OnFailure', containers: template.spec.containers } } },
};
const condition = {
  type: 'StatusUpdate',
  status: 'True',
  reason: 'E2E',
  message: 'Set from a test',
  lastTransitionTime: '2026-01-01T00:00:00Z',
};
const conditions = { conditions: [condition] };
const apps = { base: '/apis/apps/v1', namespaced: true } as const;
const core = { base: '/api/v1', namespaced: true } as const;
const batch = { base: '/apis/batch/v1', namespaced: true } as const;
const networking = { base: '/apis/networking.k8s.io/v1' } as const;
const storage = { base: '/apis/storage.k8s.io/v1', namespaced: false } as const;
const flow = { base: '/apis/flowcontrol.apiserver.k8s.io/v1', namespaced: false, statusKeepsMetadata: true } as const;
const rules = { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] };
const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'nobody-of-a-test' }];
const rbac = '/apis/rbac.authorization.k8s.io/v1';
export const KINDS: readonly KindUnderTest[] = [
  { ...core, resource: 'configmaps', kind: 'ConfigMap', content: { data: { a: '1' } }, change: { data: { a: '2' } } },
  {
    ...core,
    resource: 'secrets',
    kind: 'Secret',
    content: { data: { a: 'MQ==' }, type: 'Opaque' },
    change: { data: { a: 'Mg==' } },
  },
  {
    ...core,
    resource: 'serviceaccounts',
    kind: 'ServiceAccount',
    content: { automountServiceAccountToken: false },
    change: { automountServiceAccountToken: true },
  },
  {
    ...core,
    resource: 'podtemplates',
    kind: 'PodTemplate',
    content: { template },
    change: { template: { metadata: { labels: { podtemplate: 'changed' } } } },
  },
  {
    ...core,
    resource: 'limitranges',
    kind: 'LimitRange',
    content: { spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] } },
    change: { spec: { limits: [{ type: 'Container', max: { cpu: '3' } }] } },
  },
  {
    ...core,
    resource: 'resourcequotas',
    kind: 'ResourceQuota',
    acted: true,
    content: { spec: { hard: { 'count/replicasets.apps': '5' } } },
    change: { spec: { hard: { 'count/replicasets.apps': '7' } } },
    status: { hard: { 'count/replicasets.apps': '9' } },
  },
  {
    ...core,
    resource: 'endpoints',
    kind: 'Endpoints',
    content: { subsets: [{ addresses: [{ ip: '198.51.100.24' }], ports: [{ name: 'http', port: 80 }] }] },
    change: { subsets: [{ addresses: [{ ip: '198.51.100.25' }], ports: [{ name: 'http', port: 8080 }] }] },
  },
  {
    ...core,
    resource: 'services',
    kind: 'Service',
    content: { spec: { type: 'LoadBalancer', ports: [{ name: 'http', port: 80, targetPort: 80 }] } },
    change: { spec: { ports: [{ name: 'http', port: 81, targetPort: 80 }] } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] }, ...conditions },
  },
  {
    ...core,
    resource: 'replicationcontrollers',
    kind: 'ReplicationController',
    acted: true,
    content: { spec: { replicas: 0, selector: labels, template } },
    change: { spec: { minReadySeconds: 3 } },
    status: conditions,
  },
  {
    ...core,
    resource: 'persistentvolumeclaims',
    kind: 'PersistentVolumeClaim',
    acted: true,
    content: {
      spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Gi' } } },
    },
    status: conditions,
  },
  {
    ...core,
    namespaced: false,
    resource: 'persistentvolumes',
    kind: 'PersistentVolume',
    acted: true,
    content: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        storageClassName: 'none',
        csi: { driver: 'none.example.com', volumeHandle: 'v' },
      },
    },
    change: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    status: { message: 'StatusPatched', reason: 'E2E patch status' },
  },
  {
    ...core,
    namespaced: false,
    resource: 'nodes',
    kind: 'Node',
    acted: true,
    content: { spec: { unschedulable: true } },
    change: { spec: { podCIDR: '198.51.100.0/24', podCIDRs: ['198.51.100.0/24'] } },
    status: { capacity: { 'example.com/dongle': '4' } },
  },
  {
    ...apps,
    resource: 'controllerrevisions',
    kind: 'ControllerRevision',
    content: { data: { spec: 1 }, revision: 1 },
    change: { revision: 2 },
  },
  {
    ...apps,
    resource: 'deployments',
    kind: 'Deployment',
    acted: true,
    content: { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
    change: { spec: { minReadySeconds: 3 } },
  },
  {
    ...apps,
    resource: 'replicasets',
    kind: 'ReplicaSet',
    acted: true,
    content: { spec: { replicas: 0, selector: { matchLabels: labels }, template } },
    change: { spec: { minReadySeconds: 3 } },
    status: conditions,
  },
  {
    ...apps,
    resource: 'statefulsets',
    kind: 'StatefulSet',
    acted: true,
    content: { spec: { replicas: 0, serviceName: 'web', selector: { matchLabels: labels }, template } },
    change: { spec: { minReadySeconds: 3 } },
    status: { replicas: 0, ...conditions },
  },
  {
    ...apps,
    resource: 'daemonsets',
    kind: 'DaemonSet',
    acted: true,
    content: {
      spec: {
        selector: { matchLabels: labels },
        template: { ...template, spec: { ...template.spec, nodeSelector: { nowhere: 'true' } } },
      },
    },
    change: { spec: { minReadySeconds: 3 } },
    status: conditions,
  },
  {
    ...batch,
    resource: 'jobs',
    kind: 'Job',
    acted: true,
    content: { spec: { suspend: true, ...jobTemplate.spec } },
    change: { spec: { parallelism: 3 } },
    status: { startTime: '2026-01-01T00:00:00Z' },
  },
  {
    ...batch,
    resource: 'cronjobs',
    kind: 'CronJob',
    acted: true,
    content: { spec: { schedule: '5 4 1 1 *', suspend: true, jobTemplate } },
    change: { spec: { schedule: '6 4 1 1 *' } },
    status: { lastScheduleTime: '2026-01-01T00:00:00Z' },
  },
  {
    base: '/apis/autoscaling/v2',
    namespaced: true,
    resource: 'horizontalpodautoscalers',
    kind: 'HorizontalPodAutoscaler',
    acted: true,
    content: { spec: { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } },
    change: { spec: { maxReplicas: 5 } },
    status: { desiredReplicas: 2, currentReplicas: 1 },
  },
  {
    base: '/apis/policy/v1',
    namespaced: true,
    resource: 'poddisruptionbudgets',
    kind: 'PodDisruptionBudget',
    acted: true,
    content: { spec: { minAvailable: 1, selector: { matchLabels: labels } } },
    change: { spec: { minAvailable: '50%' } },
  },
  {
    ...networking,
    namespaced: true,
    resource: 'ingresses',
    kind: 'Ingress',
    content: {
      spec: { defaultBackend: { service: { name: 'web', port: { number: 80 } } }, ingressClassName: 'none' },
    },
    change: { spec: { defaultBackend: { service: { name: 'other', port: { number: 80 } } } } },
    status: { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } },
  },
  {
    ...networking,
    namespaced: false,
    resource: 'ingressclasses',
    kind: 'IngressClass',
    content: { spec: { controller: 'example.com/controller' } },
  },
  {
    ...networking,
    namespaced: true,
    resource: 'networkpolicies',
    kind: 'NetworkPolicy',
    content: { spec: { podSelector: { matchLabels: labels }, ingress: [{ from: [{ namespaceSelector: {} }] }] } },
    change: { spec: { policyTypes: ['Ingress', 'Egress'] } },
  },
  {
    base: '/apis/discovery.k8s.io/v1',
    namespaced: true,
    resource: 'endpointslices',
    kind: 'EndpointSlice',
    content: { addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }] },
    change: { endpoints: [{ addresses: ['192.0.2.3'] }] },
  },
  {
    base: '/apis/coordination.k8s.io/v1',
    namespaced: true,
    resource: 'leases',
    kind: 'Lease',
    content: {
      spec: { holderIdentity: 'holder', leaseDurationSeconds: 30, acquireTime: '2026-01-01T00:00:00.000000Z' },
    },
    change: { spec: { holderIdentity: 'another', leaseTransitions: 1 } },
  },
  {
    base: '/apis/node.k8s.io/v1',
    namespaced: false,
    resource: 'runtimeclasses',
    kind: 'RuntimeClass',
    content: { handler: 'none' },
    change: { scheduling: { nodeSelector: { a: 'b' } } },
  },
  {
    base: '/apis/scheduling.k8s.io/v1',
    namespaced: false,
    resource: 'priorityclasses',
    kind: 'PriorityClass',
    content: { value: 100, description: 'one' },
    change: { description: 'another' },
  },
  {
    ...storage,
    resource: 'storageclasses',
    kind: 'StorageClass',
    content: { provisioner: 'none.example.com' },
    change: { allowVolumeExpansion: true },
  },
  {
    ...storage,
    resource: 'csidrivers',
    kind: 'CSIDriver',
    content: { spec: { attachRequired: false } },
    change: { spec: { podInfoOnMount: true } },
  },
  {
    ...storage,
    resource: 'csinodes',
    kind: 'CSINode',
    content: { spec: { drivers: [{ name: 'none.example.com', nodeID: 'n' }] } },
    change: { spec: { drivers: [] } },
  },
  {
    ...storage,
    namespaced: true,
    resource: 'csistoragecapacities',
    kind: 'CSIStorageCapacity',
    content: { storageClassName: 'none' },
    change: { capacity: '1Gi' },
  },
  {
    ...storage,
    resource: 'volumeattachments',
    kind: 'VolumeAttachment',
    content: {
      spec: { attacher: 'none.example.com', nodeName: 'none', source: { persistentVolumeName: 'none' } },
    },
    status: { attached: true, attachmentMetadata: { device: 'x' } },
    statusKeepsMetadata: true,
  },
  {
    ...storage,
    resource: 'volumeattributesclasses',
    kind: 'VolumeAttributesClass',
    acted: true,
    content: { driverName: 'none.example.com', parameters: { a: 'b' } },
  },
  {
    ...flow,
    resource: 'flowschemas',
    kind: 'FlowSchema',
    content: {
      spec: {
        matchingPrecedence: 10_000,
        priorityLevelConfiguration: { name: 'global-default' },
        distinguisherMethod: { type: 'ByUser' },
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'nobody-of-a-test' } }],
            nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
          },
        ],
      },
    },
    change: { spec: { matchingPrecedence: 9999 } },
    status: conditions,
  },
  {
    ...flow,
    resource: 'prioritylevelconfigurations',
    kind: 'PriorityLevelConfiguration',
    content: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } } },
    change: { spec: { limited: { nominalConcurrencyShares: 4 } } },
    status: conditions,
  },
  {
    base: rbac,
    namespaced: true,
    resource: 'roles',
    kind: 'Role',
    content: rules,
    change: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }] },
  },
  {
    base: rbac,
    namespaced: false,
    resource: 'clusterroles',
    kind: 'ClusterRole',
    content: rules,
    change: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['list'] }] },
  },
  {
    base: rbac,
    namespaced: true,
    resource: 'rolebindings',
    kind: 'RoleBinding',
    content: { roleRef, subjects },
    change: { subjects: [{ ...subjects[0], name: 'somebody-of-a-test' }] },
  },
  {
    base: rbac,
    namespaced: false,
    resource: 'clusterrolebindings',
    kind: 'ClusterRoleBinding',
    content: { roleRef, subjects },
    change: { subjects: [{ ...subjects[0], name: 'somebody-of-a-test' }] },
  },
];
