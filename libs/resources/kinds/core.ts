import type { ResourceDefinition, SubresourceDefinition } from '../definition.ts';
import { AGE, NAME, narrow } from './columns.ts';
import { configMapRules } from './configmap/rules.ts';
import { connection, defineResource, proxyOf, SCALE, statusOf } from './definitions.ts';
import { endpointsRules } from './endpoints/rules.ts';
import { eventRules } from './event/rules.ts';
import { eventColumns } from './event/table.ts';
import { namespaceRules } from './namespace/rules.ts';
import { nodeRules } from './node/rules.ts';
import { nodeColumns } from './node/table.ts';
import { podRules } from './pod/rules.ts';
import { podColumns } from './pod/table.ts';
import { secretRules } from './secret/rules.ts';
import { serviceRules } from './service/rules.ts';
import { serviceColumns } from './service/table.ts';
import { serviceAccountRules } from './serviceaccount/rules.ts';
import { replicationControllerRules } from './replicationcontroller/rules.ts';
import { replicaSetColumns } from './replicaset/table.ts';
import { podTemplateColumns, podTemplateRules } from './podtemplate/rules.ts';
import { resourceQuotaColumns, resourceQuotaRules } from './resourcequota/rules.ts';
import { limitRangeColumns, limitRangeRules } from './limitrange/rules.ts';
import { persistentVolumeColumns, persistentVolumeRules } from './persistentvolume/rules.ts';
import { persistentVolumeClaimColumns, persistentVolumeClaimRules } from './persistentvolumeclaim/rules.ts';

const podSubresources: readonly SubresourceDefinition[] = [
  connection('attach', 'PodAttachOptions'),
  { name: 'binding', kind: 'Binding', verbs: ['create'] },
  { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
  { name: 'ephemeralcontainers', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  connection('exec', 'PodExecOptions'),
  { name: 'log', kind: 'Pod', verbs: ['get'] },
  connection('portforward', 'PodPortForwardOptions'),
  proxyOf('PodProxyOptions'),
  { name: 'resize', kind: 'Pod', verbs: ['get', 'patch', 'update'] },
  statusOf('Pod'),
];

/** The resources of the core group. */
export const coreResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    kind: 'ConfigMap',
    shortNames: ['cm'],
    schema: 'io.k8s.api.core.v1.ConfigMap',
    columns: [NAME, narrow('Data', 'Number of entries'), AGE],
    rules: configMapRules,
  }),
  defineResource({
    kind: 'Endpoints',
    resource: 'endpoints',
    shortNames: ['ep'],
    schema: 'io.k8s.api.core.v1.Endpoints',
    columns: [NAME, narrow('Endpoints', 'Addresses and ports behind the service'), AGE],
    rules: endpointsRules,
  }),
  defineResource({
    kind: 'Event',
    shortNames: ['ev'],
    storage: 'window',
    schema: 'io.k8s.api.core.v1.Event',
    columns: eventColumns,
    rules: eventRules,
  }),
  defineResource({
    kind: 'Namespace',
    namespaced: false,
    shortNames: ['ns'],
    without: ['deletecollection'],
    subresources: [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }, statusOf('Namespace')],
    schema: 'io.k8s.api.core.v1.Namespace',
    columns: [NAME, narrow('Status', 'Whether it is in use or being deleted'), AGE],
    rules: namespaceRules,
  }),
  defineResource({
    kind: 'Node',
    namespaced: false,
    shortNames: ['no'],
    subresources: [proxyOf('NodeProxyOptions'), statusOf('Node')],
    schema: 'io.k8s.api.core.v1.Node',
    columns: nodeColumns,
    rules: nodeRules,
  }),
  defineResource({
    kind: 'Pod',
    shortNames: ['po'],
    categories: ['all'],
    subresources: podSubresources,
    schema: 'io.k8s.api.core.v1.Pod',
    columns: podColumns,
    rules: podRules,
  }),
  defineResource({
    kind: 'Secret',
    encrypted: true,
    schema: 'io.k8s.api.core.v1.Secret',
    columns: [NAME, narrow('Type', 'What the secret is for'), narrow('Data', 'Number of entries'), AGE],
    rules: secretRules,
  }),
  defineResource({
    kind: 'ServiceAccount',
    shortNames: ['sa'],
    subresources: [
      { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
    ],
    schema: 'io.k8s.api.core.v1.ServiceAccount',
    columns: [NAME, narrow('Secrets', 'Number of secrets it names'), AGE],
    rules: serviceAccountRules,
  }),
  defineResource({
    kind: 'Service',
    shortNames: ['svc'],
    categories: ['all'],
    subresources: [proxyOf('ServiceProxyOptions'), statusOf('Service')],
    schema: 'io.k8s.api.core.v1.Service',
    columns: serviceColumns,
    rules: serviceRules,
  }),
  defineResource({
    kind: 'LimitRange',
    shortNames: ['limits'],
    columns: limitRangeColumns,
    rules: limitRangeRules,
  }),
  defineResource({
    kind: 'PersistentVolume',
    namespaced: false,
    shortNames: ['pv'],
    subresources: [statusOf('PersistentVolume')],
    columns: persistentVolumeColumns,
    rules: persistentVolumeRules,
  }),
  defineResource({
    kind: 'PersistentVolumeClaim',
    shortNames: ['pvc'],
    subresources: [statusOf('PersistentVolumeClaim')],
    columns: persistentVolumeClaimColumns,
    rules: persistentVolumeClaimRules,
  }),
  defineResource({
    kind: 'PodTemplate',
    columns: podTemplateColumns,
    rules: podTemplateRules,
  }),
  defineResource({
    kind: 'ReplicationController',
    shortNames: ['rc'],
    categories: ['all'],
    subresources: [SCALE, statusOf('ReplicationController')],
    columns: replicaSetColumns,
    rules: replicationControllerRules,
  }),
  defineResource({
    kind: 'ResourceQuota',
    shortNames: ['quota'],
    subresources: [statusOf('ResourceQuota')],
    columns: resourceQuotaColumns,
    rules: resourceQuotaRules,
  }),
]);
