import { expect, test } from 'vitest';
import { assert } from '@taffrail/platform/assert';
import type { KubeObject } from '../object.ts';
import { allResources } from '../registry.ts';
import { type Changes, change, created } from './testing/changed-objects.ts';

const OF_NAME =
  'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]';

/** What is warned of when an object is made with `before`, or updated from there by `changes`. */
function warnings(kind: string, before: Changes, changes?: Changes): readonly string[] {
  const definition = allResources().find((one) => one.kind === kind && one.conversion === undefined);
  assert(definition !== undefined, `no kind ${kind}`);
  const object = created(definition, before);
  if (changes === undefined) return definition.rules.warnings(object as KubeObject);
  const next = structuredClone(object);
  change(next, changes);
  definition.rules.applyDefaults(next);
  definition.rules.prepareForUpdate(next, object as KubeObject, '');
  return definition.rules.warnings(next as KubeObject, object as KubeObject);
}

test.each(['Deployment', 'ReplicaSet', 'Job', 'CronJob'])('a %s is warned of a name that is no label, once', (kind) => {
  expect(warnings(kind, { 'metadata.name': 'a.b' })).toEqual([OF_NAME]);
  expect(warnings(kind, { 'metadata.name': 'a.b' }, { 'spec.suspend': true, 'spec.replicas': 4 })).toEqual([]);
  expect(warnings(kind, {})).toEqual([]);
});

const OLD_LABEL = { 'beta.kubernetes.io/os': 'linux' };

test.each([
  ['Deployment', 'spec.template.spec'],
  ['ReplicaSet', 'spec.template.spec'],
  ['StatefulSet', 'spec.template.spec'],
  ['DaemonSet', 'spec.template.spec'],
  ['Job', 'spec.template.spec'],
  ['CronJob', 'spec.jobTemplate.spec.template.spec'],
])('what its pods are warned of is said of a %s, where it stands', (kind, path) => {
  expect(warnings(kind, { [`${path}.nodeSelector`]: OLD_LABEL })).toEqual([
    `${path}.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead`,
  ]);
});

test.each<[string, Changes, Changes | undefined, readonly string[]]>([
  [
    'StatefulSet',
    { 'spec.revisionHistoryLimit': -1 },
    undefined,
    ['spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended'],
  ],
  [
    'Job',
    { 'spec.completionMode': 'Indexed', 'spec.completions': 200_000, 'spec.parallelism': 20_000 },
    undefined,
    [
      'spec: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail',
    ],
  ],
  [
    'Ingress',
    { 'metadata.annotations': { 'kubernetes.io/ingress.class': 'x' } },
    undefined,
    [`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`],
  ],
  [
    'Ingress',
    { 'metadata.annotations': { 'kubernetes.io/ingress.class': 'x' }, 'spec.ingressClassName': 'x' },
    undefined,
    [],
  ],
  [
    'StorageClass',
    {
      allowedTopologies: [
        { matchLabelExpressions: [{ key: 'failure-domain.beta.kubernetes.io/zone', values: ['a'] }] },
      ],
    },
    undefined,
    [
      'allowedTopologies[0].matchLabelExpressions[0].key: deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
    ],
  ],
  [
    'StatefulSet',
    {
      'spec.volumeClaimTemplates': [{ metadata: { name: 'a' }, spec: { resources: { requests: { storage: '1m' } } } }],
    },
    undefined,
    [
      'spec.volumeClaimTemplates[0].resources.requests[storage]: fractional byte value "1m" is invalid, must be an integer',
    ],
  ],
  [
    'StatefulSet',
    { 'spec.volumeClaimTemplates': [{ metadata: { name: 'a' }, spec: { resources: { limits: { storage: '1m' } } } }] },
    {},
    [
      'spec.volumeClaimTemplates[0].Spec.resources.limits[storage]: fractional byte value "1m" is invalid, must be an integer',
    ],
  ],
  [
    'NetworkPolicy',
    {
      'spec.ingress': [{ from: [{ ipBlock: { cidr: '10.1.2.3/8' } }] }],
      'spec.egress': [{ to: [{ podSelector: {} }, { ipBlock: { cidr: '::/0', except: ['FD00::/8'] } }] }],
    },
    undefined,
    [
      'spec.ingress[0].from[0].ipBlock.cidr: CIDR value "10.1.2.3/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.1.2.3/32"?)',
      'spec.egress[0].to[1].ipBlock.except[0]: IPv6 CIDR value "FD00::/8" should be in RFC 5952 canonical format ("fd00::/8")',
    ],
  ],
  [
    'EndpointSlice',
    { addressType: 'IPv6', endpoints: [{ addresses: ['FD00::1'] }] },
    undefined,
    ['endpoints[0].addresses[0]: IPv6 address "FD00::1" should be in RFC 5952 canonical format ("fd00::1")'],
  ],
  ['EndpointSlice', { addressType: 'FQDN' }, undefined, ['spec.addressType: FQDN endpoints are deprecated']],
  [
    'RuntimeClass',
    { scheduling: { nodeSelector: OLD_LABEL } },
    undefined,
    ['scheduling.nodeSelector: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  ['Ingress', { 'metadata.annotations': { 'kubernetes.io/ingress.class': 'x' } }, { 'spec.rules[0].host': 'a.b' }, []],
  [
    'CronJob',
    { 'spec.schedule': 'TZ=UTC @daily' },
    {},
    [
      'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    ],
  ],
  [
    'Node',
    { 'spec.externalID': 'x', 'spec.podCIDRs': ['FD00::/64'], 'spec.configSource': { configMap: {} } },
    undefined,
    [
      'spec.externalID: this field is deprecated, and is unused by Kubernetes',
      'spec.podCIDRs[0]: IPv6 CIDR value "FD00::/64" should be in RFC 5952 canonical format ("fd00::/64")',
    ],
  ],
])('a %s with %j, changed by %j, brings these warnings', (kind, before, changes, expected) => {
  expect(warnings(kind, before, changes)).toEqual(expected);
});

test.each<[what: string, changes: Changes, said: readonly string[]]>([
  ['nothing odd', {}, []],
  [
    'addresses from outside',
    { 'spec.externalIPs': ['1.2.3.4', '2001:DB8::1'] },
    [
      'spec.externalIPs[1]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
      'spec.externalIPs is deprecated and may no longer be implemented in some clusters',
    ],
  ],
  [
    'no address of its own',
    {
      'spec.clusterIP': 'None',
      'spec.loadBalancerIP': '1.2.3.4',
      'spec.externalIPs': ['1.2.3.4'],
      'spec.sessionAffinity': 'ClientIP',
    },
    [
      'spec.loadBalancerIP is ignored for headless services',
      'spec.externalIPs is ignored for headless services',
      'spec.SessionAffinity is ignored for headless services',
    ],
  ],
  [
    'a name elsewhere',
    { 'spec.type': 'ExternalName', 'spec.externalName': 'a.b', 'spec.externalIPs': ['1.2.3.4'] },
    ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
  ],
  [
    'a name it does not need',
    { 'spec.externalName': 'a.b' },
    ['spec.externalName is ignored when spec.type is not "ExternalName"'],
  ],
  [
    'an older word for where its traffic goes, and an older annotation',
    {
      'spec.trafficDistribution': 'PreferClose',
      'metadata.annotations': { 'service.kubernetes.io/topology-aware-hints': 'Auto' },
    },
    [
      'annotation service.kubernetes.io/topology-aware-hints is deprecated, please use service.kubernetes.io/topology-mode instead',
      'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
    ],
  ],
  [
    'a range in another form',
    { 'spec.type': 'LoadBalancer', 'spec.loadBalancerSourceRanges': ['2001:DB8::/64'] },
    [
      'spec.loadBalancerSourceRanges[0]: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")',
    ],
  ],
])('a Service with %s', (_, changes, said) => {
  expect(warnings('Service', changes)).toEqual(said);
});

const OLD_CLASS = { 'volume.beta.kubernetes.io/storage-class': 'a' };
const OLD_CLASS_SAID =
  'metadata.annotations[volume.beta.kubernetes.io/storage-class]: deprecated since v1.8; use "storageClassName" attribute instead';

test.each<[kind: string, what: string, changes: Changes, said: readonly string[]]>([
  ['PersistentVolume', 'nothing odd', {}, []],
  [
    'PersistentVolume',
    'what nobody carries out any more',
    {
      'metadata.annotations': OLD_CLASS,
      'spec.persistentVolumeReclaimPolicy': 'Recycle',
      'spec.hostPath': null,
      'spec.rbd': { monitors: ['a'], image: 'i' },
    },
    [
      OLD_CLASS_SAID,
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'PersistentVolume',
    'an old label',
    {
      'spec.nodeAffinity': {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }] }] },
      },
    },
    [
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: deprecated since v1.14; use "kubernetes.io/os" instead',
    ],
  ],
  [
    'PersistentVolumeClaim',
    'half bytes',
    { 'metadata.annotations': OLD_CLASS, 'spec.resources.requests.storage': '1500m' },
    [OLD_CLASS_SAID, 'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'],
  ],
  [
    'Endpoints',
    'an address in another form',
    { subsets: [{ notReadyAddresses: [{ ip: '2001:DB8::1' }] }] },
    [
      'subsets[0].notReadyAddresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")',
    ],
  ],
  ['ReplicationController', 'a name that is no label', { 'metadata.name': 'a.b' }, [OF_NAME]],
  [
    'PodTemplate',
    'an old label',
    { 'template.spec.nodeSelector': OLD_LABEL },
    ['template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
])('a %s with %s', (kind, _, changes, said) => {
  expect(warnings(kind, changes)).toEqual(said);
});
