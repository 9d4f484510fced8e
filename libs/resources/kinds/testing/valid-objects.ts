import { apiVersionOf } from '../../object.ts';
import type { MutableJsonObject } from '../../json.ts';
import type { ResourceDefinition } from '../../definition.ts';

/*
 * A small valid object of each stored kind, without name and namespace unless its kind prescribes them: what tests change, send,
 * describe and encode.
 */

const podSpec = { containers: [{ name: 'app', image: 'registry.example/app:v1' }] };
const labels = { app: 'x' };
const selector = { matchLabels: labels };
const template = { metadata: { labels }, spec: podSpec };
const onceSpec = { ...podSpec, restartPolicy: 'Never' };
const rbacGroup = 'rbac.authorization.k8s.io';
const admissionRule = {
  apiGroups: [''],
  apiVersions: ['v1'],
  resources: ['pods'],
  operations: ['CREATE'],
};
const webhook = {
  name: 'pods.hooks.example.com',
  clientConfig: { url: 'https://hooks.example.com/pods' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  // Nobody runs it: it must not stand in the way of what else a test does.
  failurePolicy: 'Ignore',
  namespaceSelector: { matchLabels: { hooked: 'yes' } },
  rules: [admissionRule],
};
const mutation = {
  patchType: 'ApplyConfiguration',
  applyConfiguration: { expression: 'Object{}' },
};
const deviceRequests = [{ name: 'gpu', exactly: { deviceClassName: 'gpu.example.com' } }];
/** A certificate request for CN=someone. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlJQ1Z6Q0NBVDhDQVFBd0VqRVFNQTRHQTFVRUF3d0hjMjl0Wlc5dVpUQ0NBU0l3RFFZSktvWklodmNOQVFFQgpCUUFEZ2dFUEFEQ0NBUW9DZ2dFQkFMdktTM3orOWI2eDVNY2N0RUd1aVA1a0RXbGttSW9LL0JmNmFNQXlrQUY4CnByNXowNEhpNGF5em9TS3hiejBJS0VTaU0va0R1a1U5bjFpY29QeEFFcjVlS0NXNTVueE5aWFRpQ3ZkQzVZQ3AKUFN0dG9tYWJQZGZzMWw2Yk45SHljcHBoeHFkSkFGdmlvRUFqR2dWb2w0Mzd0S1BGQ25uak4xN3pZRlp0Q1hIOAp5Z2w4Q2ZEcHNWdkM1TUN6eklQSFptQXBIS2RaSTRCeCtDenQ1UFJBTGlHUVhhWEdlRGdhYVI4VUluZ2RDbEczCkl2VHBHQWFBVUhrc3ZaT3VNQk05UGgvZzh4K1ZIVjR3eTJsYUxKWGYvdEw1Q1hWL2UvTkVCRVFDMXdzbUN4UnoKLzFIRFVFNGZuZHhhZnV4ZFIzV3V5dGNFTmVZbW5iYTdUV0M3Ky9BK1piY0NBd0VBQWFBQU1BMEdDU3FHU0liMwpEUUVCQ3dVQUE0SUJBUUJaZ2N3N2xiK0NDcm0vMDlGaGNJRWVRQ1QyOVdaRlI3NHhNb3QwaWhoZmptRFNtTDd4CmRmZGVCbVRiSmNGcEpabGRLTENXTjIvKzJ3WVliYjA3RWpqdytybFJyWnljZ25RSDZlREVBWTdyejB1cUJIVVMKbU1yczdUQ01PaEdqMDB2cTBaS3BRMktoS1VSS2tmbmRKMWtiUjZCbFpjeTMzMHJtOU9GdHdhV0QzamlSbHZoeApGMmtER1Y3TmNTem9meWhyZm9udERRTnA2WVZaYVhkRlEvNDBqVW5uR3lSN3p1M0lIWDlTMW9MVW9qdHR1TzRTCktGRXJMdE1JQ3JiZTFUTnU3WmR2TENwWWZQNVkrWk95bTNrUkNpOGJXc2hyRFpnS2VHdDJkNncyU2h3cnExSUIKVzEvSXNGNVo2WXA5RzI5TXdDME1qa2l6NFFaalNLTUNzUmFqCi0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';
/** The certificate of an authority nobody has the key of. */
const trustBundle =
  '-----BEGIN CERTIFICATE-----\nMIIBeTCCAR+gAwIBAgIUA78ANWgjg7LWj25TvdCYvHCrneEwCgYIKoZIzj0EAwIw\nETEPMA0GA1UEAwwGbm9ib2R5MCAXDTI2MTEyODIyMTYwNVoYDzIxMjYxMTA0MjIx\nNjA1WjARMQ8wDQYDVQQDDAZub2JvZHkwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\nAAQWMfi1ku/aZAyqg/aI5+XgWpeASWnMi49aib2NAN3n8Ls2ljLRBRViMjfzyG0d\n+V3oRgkXPu9BFfFkJh+1lroVo1MwUTAdBgNVHQ4EFgQUB0ZZPbq0092YgleuUv+h\nc/ag5eYwHwYDVR0jBBgwFoAUB0ZZPbq0092YgleuUv+hc/ag5eYwDwYDVR0TAQH/\nBAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiATY7vyBNcCZzJIJdi46H75ApBHF9oW\nSD1cvY0ngjNc6QIhAIJdlHfdPcw6hG1/3UQZvGzWDNrNIxEhlzAE3yn/VTFD\n-----END CERTIFICATE-----\n';

const objects: Readonly<Record<string, MutableJsonObject>> = {
  APIService: {
    metadata: { name: 'v1.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { name: 'extension', namespace: 'default' },
    },
  },
  CSIDriver: { spec: {} },
  CSINode: { spec: { drivers: [] } },
  CSIStorageCapacity: { storageClassName: 'fast' },
  CertificateSigningRequest: {
    spec: { request: certificateRequest, signerName: 'example.com/signer', usages: ['digital signature'] },
  },
  ClusterRole: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  ClusterRoleBinding: {
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'view' },
    subjects: [{ apiGroup: rbacGroup, kind: 'User', name: 'someone' }],
  },
  ClusterTrustBundle: { spec: { trustBundle } },
  ConfigMap: { data: { key: 'value' } },
  ControllerRevision: { data: { key: 1 }, revision: 1 },
  CronJob: { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: { template: { spec: onceSpec } } } } },
  CustomResourceDefinition: {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  },
  DaemonSet: { spec: { selector, template } },
  Deployment: { spec: { selector, template } },
  DeviceClass: { spec: {} },
  DeviceTaintRule: { spec: { taint: { key: 'example.com/broken', effect: 'NoSchedule' } } },
  EndpointSlice: {
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ name: '', port: 80 }],
  },
  Endpoints: { subsets: [{ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }] }] },
  Event: { involvedObject: { kind: 'Pod', namespace: 'default', name: 'someone' }, reason: 'Tried', type: 'Normal' },
  FlowSchema: {
    spec: {
      priorityLevelConfiguration: { name: 'exempt' },
      matchingPrecedence: 10,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'someone' } }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
        },
      ],
    },
  },
  HorizontalPodAutoscaler: {
    spec: {
      maxReplicas: 3,
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } } },
      ],
    },
  },
  IPAddress: {
    metadata: { name: '10.0.0.5' },
    spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
  },
  Ingress: {
    spec: {
      rules: [
        {
          host: 'web.example.com',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
          },
        },
      ],
    },
  },
  IngressClass: { spec: { controller: 'example.com/ingress' } },
  Job: { spec: { template: { spec: onceSpec } } },
  Lease: { spec: { holderIdentity: 'someone', leaseDurationSeconds: 10 } },
  LeaseCandidate: {
    spec: {
      leaseName: 'leader',
      strategy: 'OldestEmulationVersion',
      binaryVersion: '1.36.0',
      emulationVersion: '1.36.0',
    },
  },
  LimitRange: { spec: { limits: [{ type: 'Container', max: { cpu: '1' } }] } },
  MutatingAdmissionPolicy: {
    spec: { reinvocationPolicy: 'Never', matchConstraints: { resourceRules: [admissionRule] }, mutations: [mutation] },
  },
  MutatingAdmissionPolicyBinding: { spec: { policyName: 'nobody' } },
  MutatingWebhookConfiguration: { webhooks: [webhook] },
  Namespace: {},
  NetworkPolicy: { spec: { podSelector: {} } },
  Node: { spec: {} },
  PersistentVolume: {
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/tmp' } },
  },
  PersistentVolumeClaim: {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  },
  Pod: { metadata: { labels }, spec: podSpec },
  PodCertificateRequest: {
    spec: {
      signerName: 'example.com/signer',
      podName: 'web',
      podUID: 'f0b2f3b8-9c1f-4f0e-8f0e-5a4f1f6d4a11',
      serviceAccountName: 'default',
      serviceAccountUID: 'f0b2f3b8-9c1f-4f0e-8f0e-5a4f1f6d4a12',
      nodeName: 'one',
      nodeUID: 'f0b2f3b8-9c1f-4f0e-8f0e-5a4f1f6d4a13',
      pkixPublicKey: 'AA==',
      proofOfPossession: 'AA==',
      stubPKCS10Request: 'AA==',
    },
  },
  PodDisruptionBudget: { spec: { minAvailable: 1, selector } },
  PodTemplate: { template },
  PriorityClass: { value: 10 },
  PriorityLevelConfiguration: {
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  },
  ReplicaSet: { spec: { selector, template } },
  ReplicationController: { spec: { selector: labels, template } },
  ResourceClaim: { spec: { devices: { requests: deviceRequests } } },
  ResourceClaimTemplate: { spec: { spec: { devices: { requests: deviceRequests } } } },
  ResourceQuota: { spec: { hard: { 'count/widgets.example.com': '1' } } },
  ResourceSlice: {
    spec: {
      driver: 'gpu.example.com',
      nodeName: 'one',
      pool: { name: 'one', generation: 1, resourceSliceCount: 1 },
      devices: [{ name: 'gpu-0' }],
    },
  },
  Role: { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
  RoleBinding: {
    roleRef: { apiGroup: rbacGroup, kind: 'Role', name: 'reader' },
    subjects: [{ apiGroup: rbacGroup, kind: 'User', name: 'someone' }],
  },
  RuntimeClass: { handler: 'runc' },
  Secret: { data: { key: 'dmFsdWU=' } },
  Service: { spec: { selector: labels, ports: [{ port: 80 }] } },
  ServiceAccount: {},
  ServiceCIDR: { spec: { cidrs: ['10.200.0.0/16'] } },
  StatefulSet: { spec: { serviceName: 'web', selector, template } },
  StorageClass: { provisioner: 'example.com/disk' },
  StorageVersionMigration: { spec: { resource: { group: '', resource: 'configmaps' } } },
  ValidatingAdmissionPolicy: {
    spec: { matchConstraints: { resourceRules: [admissionRule] }, validations: [{ expression: 'true' }] },
  },
  ValidatingAdmissionPolicyBinding: { spec: { policyName: 'nobody', validationActions: ['Deny'] } },
  ValidatingWebhookConfiguration: { webhooks: [webhook] },
  VolumeAttachment: {
    spec: { attacher: 'disk.example.com', nodeName: 'one', source: { persistentVolumeName: 'one' } },
  },
  VolumeAttributesClass: { driverName: 'disk.example.com', parameters: { speed: 'high' } },
};

/** A valid object of a stored kind, with apiVersion and kind; named `name` unless its kind prescribes another. */
export function validObject(definition: ResourceDefinition, name = 'one', namespace = 'default'): MutableJsonObject {
  const object = objects[definition.kind];
  if (object === undefined) throw new Error(`no valid ${definition.kind} is known`);
  const { metadata, ...rest } = structuredClone(object);
  return {
    apiVersion: apiVersionOf(definition.group, definition.version),
    kind: definition.kind,
    metadata: { name, ...(definition.namespaced ? { namespace } : {}), ...(metadata as MutableJsonObject | undefined) },
    ...rest,
  };
}
