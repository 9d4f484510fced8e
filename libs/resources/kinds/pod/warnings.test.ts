import { expect, test } from 'vitest';
import { assert } from '@taffrail/platform/assert';
import type { KubeObject } from '../../object.ts';
import { findResource } from '../../registry.ts';
import { type Changes, change, created } from '../testing/changed-objects.ts';

const pods = findResource('', 'v1', 'pods');
assert(pods !== undefined, 'no pods');

function newPod(changes: Changes): KubeObject {
  assert(pods !== undefined, 'no pods');
  return created(pods, { 'metadata.name': 'p', ...changes }) as KubeObject;
}

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';
const OLD_ZONE = 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead';
const zone = { key: 'failure-domain.beta.kubernetes.io/zone', operator: 'In', values: ['a b'] };
const profiles = {
  'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default',
  'container.seccomp.security.alpha.kubernetes.io/app': 'runtime/default',
  'container.apparmor.security.beta.kubernetes.io/app': 'runtime/default',
};

test.each<[Changes, readonly string[]]>([
  [{}, []],
  [
    { 'metadata.name': 'a.b' },
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
  [
    {
      'spec.affinity': {
        nodeAffinity: {
          [REQUIRED]: { nodeSelectorTerms: [{ matchExpressions: [zone] }] },
          [PREFERRED]: [{ weight: 1, preference: { matchExpressions: [zone] } }],
        },
        podAntiAffinity: { [REQUIRED]: [{ topologyKey: 'z' }] },
      },
    },
    [
      `spec.affinity.nodeAffinity.${REQUIRED}.nodeSelectorTerms[0].matchExpressions[0].key: ${zone.key} is ${OLD_ZONE}`,
      `spec.affinity.nodeAffinity.${PREFERRED}[0].preference.matchExpressions[0].key: ${zone.key} is ${OLD_ZONE}`,
      expect.stringContaining(
        `spec.affinity.nodeAffinity.${PREFERRED}[0].preference.matchExpressions[0].values[0]: a b is invalid, a valid label must be`,
      ),
      `spec.affinity.podAntiAffinity.${REQUIRED}[0].labelSelector: a null labelSelector results in matching no pod`,
    ],
  ],
  [
    { 'spec.topologySpreadConstraints': [{ maxSkew: 1, topologyKey: zone.key, whenUnsatisfiable: 'DoNotSchedule' }] },
    [
      `spec.topologySpreadConstraints[0].topologyKey: ${zone.key} is ${OLD_ZONE}`,
      'spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod',
    ],
  ],
  [
    { 'metadata.annotations': { 'scheduler.alpha.kubernetes.io/critical-pod': '' } },
    [
      'metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; use the "priorityClassName" field instead',
    ],
  ],
  [
    { 'metadata.annotations': profiles },
    [
      'metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'metadata.annotations[container.seccomp.security.alpha.kubernetes.io/app]: non-functional in v1.27+; use the "seccompProfile" field instead',
      'metadata.annotations[container.apparmor.security.beta.kubernetes.io/app]: deprecated since v1.30; use the "appArmorProfile" field instead',
    ],
  ],
  [
    {
      'spec.volumes': [
        { name: 'a', gitRepo: { repository: 'r' } },
        { name: 'b', storageos: { volumeName: 'v' } },
        { name: 'c', rbd: { monitors: ['m'], image: 'i' } },
      ],
    },
    [
      'spec.volumes[0].gitRepo: deprecated in v1.11, and disabled by default in v1.33+',
      'spec.volumes[1].storageOS: deprecated in v1.22, non-functional in v1.25+',
      'spec.volumes[2].rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    {
      'spec.volumes': [
        {
          name: 'a',
          configMap: {
            name: 'm',
            items: [
              { key: 'x', path: 'd' },
              { key: 'y', path: 'd/e' },
              { key: 'z', path: 'f' },
            ],
          },
        },
        {
          name: 'b',
          projected: {
            sources: [
              { serviceAccountToken: { path: 't' } },
              { secret: { name: 's', items: [{ key: 'k', path: 't/' }] } },
              {},
            ],
          },
        },
      ],
    },
    [
      'volume "a" (ConfigMap "m"): overlapping paths: "d/e" with "d"',
      'volume "b" (Projected) has no sources provided',
      'volume "b" (Projected): overlapping paths: "t" (Secret "s") with "t" (ServiceAccountToken)',
    ],
  ],
  [
    {
      'spec.hostAliases': [{ ip: '1.2.3.4' }, { ip: '1.2.3.4' }],
      'spec.imagePullSecrets': [{ name: 'a' }, { name: 'a' }, {}],
      'spec.overhead': { memory: '100m' },
    },
    [
      'spec.hostAliases[1].ip: duplicate ip "1.2.3.4"',
      'spec.imagePullSecrets[1].name: duplicate name "a"',
      'spec.imagePullSecrets[2].name: invalid empty name ""',
      'spec.overhead[memory]: fractional byte value "100m" is invalid, must be an integer',
    ],
  ],
  [
    {
      'spec.containers[0].resources': { limits: { memory: '1500m' }, requests: { memory: '1500m', cpu: '1m' } },
      'spec.containers[0].env': [
        { name: 'A', value: '1' },
        { name: 'A', value: '$(A) 2' },
        { name: 'A', value: '3' },
      ],
    },
    [
      'spec.containers[0].resources.limits[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "1500m" is invalid, must be an integer',
      'spec.containers[0].env[2]: hides previous definition of "A", which may be dropped when using apply',
    ],
  ],
  [
    {
      'spec.containers[0].ports': [
        { name: 'a', containerPort: 80 },
        { name: 'a', containerPort: 80 },
        { containerPort: 80, hostPort: 81 },
        { containerPort: 80, hostPort: 81, hostIP: '1.2.3.4' },
        { containerPort: 82, hostIP: '1.2.3.4' },
      ],
    },
    [
      'spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[2]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[0]',
      'spec.containers[0].ports[3]: overlapping port definition with spec.containers[0].ports[1]',
      'spec.containers[0].ports[3]: dangerously ambiguous port definition with spec.containers[0].ports[2]',
      'spec.containers[0].ports[4]: hostIP set without hostPort: {Name: HostPort:0 ContainerPort:82 Protocol:TCP HostIP:1.2.3.4}',
      'spec.containers[0].ports[1]: duplicate port name "a" with spec.containers[0].ports[0], services and probes that select ports by name will use spec.containers[0].ports[0]',
    ],
  ],
  [
    {
      'spec.terminationGracePeriodSeconds': -1,
      'spec.dnsConfig': { nameservers: ['FD00::0:1', '1.2.3.4'] },
      'spec.hostAliases': [{ ip: 'fd00:0::2' }],
    },
    [
      'spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1',
      'spec.dnsConfig.nameservers[0]: IPv6 address "FD00::0:1" should be in RFC 5952 canonical format ("fd00::1")',
      'spec.hostAliases[0].ip: IPv6 address "fd00:0::2" should be in RFC 5952 canonical format ("fd00::2")',
    ],
  ],
])('a new pod with %j brings these warnings', (changes, expected) => {
  expect(pods.rules.warnings(newPod(changes))).toEqual(expected);
});

test('a pod that is changed brings none, and one that is reported of only those about the report', () => {
  const before = newPod({ 'spec.overhead': { memory: '100m' } });
  expect(pods.rules.warnings(before, before, '')).toEqual([]);
  const reported = structuredClone(before);
  change(reported as never, { 'status.podIPs': [{ ip: 'fd00::0:1' }], 'status.hostIPs': [{ ip: 'fd00::1' }] });
  expect(pods.rules.warnings(reported, before, 'status')).toEqual([
    'status.podIPs[0].ip: IPv6 address "fd00::0:1" should be in RFC 5952 canonical format ("fd00::1")',
  ]);
});
