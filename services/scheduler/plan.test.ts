import { expect, test } from 'vitest';
import { pod, snapshot, type GivenNode, type GivenPod } from './given-fixture.ts';
import { place } from './plan.ts';
import { podRequests } from './amounts.ts';

function messageFor(given: GivenPod, nodes: readonly GivenNode[], placed: readonly GivenPod[] = []): string {
  const placement = place(pod(given), snapshot(nodes, placed));
  return placement.type === 'unschedulable' ? placement.message : `placed on ${placement.node}`;
}

test('without nodes the pod says so', () => {
  expect(messageFor({ name: 'p' }, [])).toBe('no nodes available to schedule pods');
});

test('each refusal is counted, in the order of its text', () => {
  const nodes: readonly GivenNode[] = [
    { name: 'a', cpu: '1' },
    { name: 'b', taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
    { name: 'c', taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
  ];
  expect(messageFor({ name: 'p', cpu: '2' }, nodes)).toBe(
    '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: gpu}.',
  );
});

test('a node short of several resources names each of them', () => {
  const nodes = [{ name: 'a', cpu: '1', memory: '1Gi', pods: '1' }];
  const placed = [{ name: 'x', node: 'a' }];
  expect(messageFor({ name: 'p', cpu: '2', memory: '2Gi' }, nodes, placed)).toBe(
    '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory, 1 Too many pods.',
  );
});

test('what pods on a node request is no longer free, whether they run or not', () => {
  const placed = [{ name: 'x', node: 'a', cpu: '3500m' }];
  expect(messageFor({ name: 'p', cpu: '501m' }, [{ name: 'a' }], placed)).toContain('Insufficient cpu');
  expect(messageFor({ name: 'p', cpu: '500m' }, [{ name: 'a' }], placed)).toBe('placed on a');
});

test('a cordoned node takes only pods that tolerate that', () => {
  const nodes = [{ name: 'a', unschedulable: true }];
  expect(messageFor({ name: 'p' }, nodes)).toBe('0/1 nodes are available: 1 node(s) were unschedulable.');
  const tolerations = [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' }];
  expect(messageFor({ name: 'p', spec: { tolerations } }, nodes)).toBe('placed on a');
});

test('node selector and required node affinity both have to match', () => {
  const nodes = [
    { name: 'a', labels: { disk: 'ssd' } },
    { name: 'b', labels: { disk: 'ssd', zone: '7' } },
  ];
  const matchExpressions = [{ key: 'zone', operator: 'Gt', values: ['6'] }];
  const required = { nodeSelectorTerms: [{ matchExpressions }] };
  const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
  expect(messageFor({ name: 'p', spec: { nodeSelector: { disk: 'ssd' }, affinity } }, nodes)).toBe('placed on b');
  expect(messageFor({ name: 'p', spec: { nodeSelector: { disk: 'hdd' }, affinity } }, nodes)).toBe(
    "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
  );
});

test('a taint is tolerated by key and value, by key alone, or by anything', () => {
  const nodes = [{ name: 'a', taints: [{ key: 'k', value: 'v', effect: 'NoExecute' }] }];
  const placedWith = (tolerations: NonNullable<GivenPod['spec']>['tolerations']): string =>
    messageFor({ name: 'p', spec: tolerations === undefined ? {} : { tolerations } }, nodes);
  expect(placedWith([{ key: 'k', operator: 'Equal', value: 'v' }])).toBe('placed on a');
  expect(placedWith([{ key: 'k', operator: 'Exists' }])).toBe('placed on a');
  expect(placedWith([{ operator: 'Exists' }])).toBe('placed on a');
  expect(placedWith([{ key: 'k', operator: 'Equal', value: 'w' }])).toContain('untolerated taint {k: v}');
  expect(placedWith([{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }])).toContain('untolerated taint {k: v}');
});

test('a host port is free once per node, address and protocol', () => {
  const port = (hostPort: number, more = {}) => ({
    containers: [{ name: 'main', image: 'v1', ports: [{ containerPort: 80, hostPort, ...more }] }],
  });
  const placed = [{ name: 'x', node: 'a', spec: port(8080, { hostIP: '10.0.0.1' }) }];
  const refused = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.";
  expect(messageFor({ name: 'p', spec: port(8080) }, [{ name: 'a' }], placed)).toBe(refused);
  expect(messageFor({ name: 'p', spec: port(8081) }, [{ name: 'a' }], placed)).toBe('placed on a');
  expect(messageFor({ name: 'p', spec: port(8080, { protocol: 'UDP' }) }, [{ name: 'a' }], placed)).toBe('placed on a');
  expect(messageFor({ name: 'p', spec: port(8080, { hostIP: '10.0.0.2' }) }, [{ name: 'a' }], placed)).toBe(
    'placed on a',
  );
});

test('pods of one owner spread over nodes', () => {
  const nodes = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
  const placed: GivenPod[] = [];
  for (let index = 0; index < 9; index++) {
    const next = { name: `p${index}`, owner: 'set', cpu: '100m' };
    const placement = place(pod(next), snapshot(nodes, placed));
    if (placement.type !== 'placed') throw new Error(placement.message);
    placed.push({ ...next, node: placement.node });
  }
  const perNode = nodes.map(({ name }) => placed.filter((one) => one.node === name).length);
  expect(perNode).toEqual([3, 3, 3]);
});

test('of nodes that fit the emptier one is chosen', () => {
  const nodes = [{ name: 'a' }, { name: 'b' }];
  const placed = [{ name: 'x', node: 'a', cpu: '2', memory: '4Gi' }];
  expect(messageFor({ name: 'p', cpu: '1', memory: '2Gi' }, nodes, placed)).toBe('placed on b');
});

test('preferred node affinity outweighs a little more room', () => {
  const nodes = [{ name: 'a', labels: { disk: 'ssd' } }, { name: 'b' }];
  const placed = [{ name: 'x', node: 'a', cpu: '1', memory: '2Gi' }];
  const preference = { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] };
  const affinity = { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference }] } };
  expect(messageFor({ name: 'p', spec: { affinity } }, nodes, placed)).toBe('placed on a');
});

test('required anti-affinity keeps pods apart, on both sides', () => {
  const nodes = [{ name: 'a' }, { name: 'b' }];
  const term = { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const db = { labels: { app: 'db' }, spec: { affinity } };
  expect(messageFor({ name: 'p', ...db }, nodes, [{ name: 'x', node: 'a', labels: { app: 'db' } }])).toBe(
    'placed on b',
  );
  // The pod asks for nothing itself, but those placed do.
  const full = [
    { name: 'x', ...db, spec: { ...db.spec, nodeName: 'a' }, node: 'a' },
    { name: 'y', ...db, spec: { ...db.spec, nodeName: 'b' }, node: 'b' },
  ];
  expect(messageFor({ name: 'p', labels: { app: 'db' } }, nodes, full)).toBe(
    "0/2 nodes are available: 2 node(s) didn't satisfy existing pods anti-affinity rules.",
  );
});

test('required affinity goes where its pods are; the first of a group goes anywhere', () => {
  const nodes = [{ name: 'a' }, { name: 'b' }];
  const term = { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'kubernetes.io/hostname' };
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } };
  const near = { name: 'p', labels: { app: 'web' }, spec: { affinity } };
  expect(messageFor(near, nodes, [{ name: 'x', node: 'b', labels: { app: 'web' } }])).toBe('placed on b');
  expect(messageFor(near, nodes)).toBe('placed on a');
  expect(messageFor({ ...near, labels: { app: 'other' } }, nodes)).toBe(
    "0/2 nodes are available: 2 node(s) didn't match pod affinity rules.",
  );
});

test('requests count init containers by their peak, sidecars throughout, and overhead', () => {
  const container = (cpu: string, restartPolicy?: string) => ({
    name: `c${cpu}`,
    image: 'v1',
    resources: { requests: { cpu } },
    ...(restartPolicy === undefined ? {} : { restartPolicy }),
  });
  const requests = (spec: GivenPod['spec']): number | undefined =>
    podRequests(pod({ name: 'p', ...(spec === undefined ? {} : { spec }) }))['cpu'];
  expect(requests({ containers: [container('1'), container('500m')] })).toBe(1500);
  expect(requests({ containers: [container('1')], initContainers: [container('3')] })).toBe(3000);
  expect(requests({ containers: [container('1')], initContainers: [container('1', 'Always'), container('3')] })).toBe(
    4000,
  );
  expect(requests({ containers: [container('1')], initContainers: [container('1', 'Always')] })).toBe(2000);
  expect(requests({ containers: [container('1')], overhead: { cpu: '250m' } })).toBe(1250);
});
