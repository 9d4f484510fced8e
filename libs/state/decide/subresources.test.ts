import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, configMap, pod, refused, testMachine, type TestMachine } from '../testing/machine.ts';

const deployment = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'app:v1' }] } },
    ...spec,
  },
});
const binding = (name: string, node: string, metadata: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Binding',
  metadata: { name, ...metadata },
  target: { apiVersion: 'v1', kind: 'Node', name: node },
});
const bind = async (cluster: TestMachine, name: string, node: string) =>
  await cluster.create('pods', binding(name, node), { name, subresource: 'binding' });

describe('scale', () => {
  test('an update changes the replicas and the generation, and answers a Scale', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('deployments', deployment('w')));
    const scale = { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'w' }, spec: { replicas: 2 } };
    const scaled = accepted(await cluster.update('deployments', scale, { subresource: 'scale' }));
    expect(scaled.object.object()).toMatchObject({
      kind: 'Scale',
      apiVersion: 'autoscaling/v1',
      metadata: { name: 'w', resourceVersion: String(scaled.object.revision) },
      spec: { replicas: 2 },
      status: { replicas: 0, selector: 'app=x' },
    });
    expect(cluster.get('deployments', 'w')).toMatchObject({ spec: { replicas: 2 }, metadata: { generation: 2 } });
  });
  test('of a replication controller names what it selects, as of any workload', async () => {
    await using cluster = await testMachine();
    const spec = { replicas: 1, selector: { app: 'x', tier: 'y' } };
    const template = { metadata: { labels: spec.selector }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const controller = { apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'r' } };
    accepted(await cluster.create('replicationcontrollers', { ...controller, spec: { ...spec, template } }));
    const scaled = await cluster.patch(
      'replicationcontrollers',
      'r',
      { spec: { replicas: 2 } },
      { subresource: 'scale' },
    );
    expect(accepted(scaled).object.object()).toMatchObject({ status: { selector: 'app=x,tier=y' } });
  });
  test('a patch works on the Scale; negative replicas and a stale version are refused', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('deployments', deployment('w')));
    accepted(await cluster.patch('deployments', 'w', { spec: { replicas: 3 } }, { subresource: 'scale' }));
    expect(cluster.get('deployments', 'w')).toMatchObject({ spec: { replicas: 3 } });
    const negative = await cluster.patch('deployments', 'w', { spec: { replicas: -3 } }, { subresource: 'scale' });
    expect(refused(negative)).toMatchObject({
      message: 'Scale.autoscaling "w" is invalid: spec.replicas: Invalid value: -3: must be greater than or equal to 0',
    });
    const stale = { metadata: { resourceVersion: '1' }, spec: { replicas: 4 } };
    expect(refused(await cluster.patch('deployments', 'w', stale, { subresource: 'scale' }))).toMatchObject({
      code: 409,
    });
  });
});

describe('binding', () => {
  test('puts the pod on the node once and for all', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    accepted(await bind(cluster, 'p', 'node-1'));
    expect(cluster.get('pods', 'p')).toMatchObject({
      spec: { nodeName: 'node-1' },
      status: {
        conditions: [
          { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:00Z' },
        ],
      },
    });
    expect(refused(await bind(cluster, 'p', 'node-2'))).toMatchObject({
      code: 409,
      message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "node-1"',
      details: { kind: 'pods/binding', name: 'p' },
    });
    expect(refused(await bind(cluster, 'q', 'node-1'))).toMatchObject({ code: 404 });
  });
  test('of another pod of the same name is refused', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    const other = await cluster.create('pods', binding('p', 'n', { uid: 'other' }), {
      name: 'p',
      subresource: 'binding',
    });
    expect(refused(other)).toMatchObject({ code: 409 });
  });
});

describe('status', () => {
  test('changes the status and labels, never the spec', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('pods', pod('p')));
    const patch = { metadata: { labels: { q: '1' } }, spec: { nodeName: 'n' }, status: { phase: 'Running' } };
    const changed = accepted(await cluster.patch('pods', 'p', patch, { subresource: 'status' })).object.object();
    expect(changed).toMatchObject({ metadata: { labels: { q: '1' } }, status: { phase: 'Running' } });
    expect(changed['spec']).not.toHaveProperty('nodeName');
  });
});

describe('patch', () => {
  test('is computed on the newest state: many at once all count', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    const patches = Array.from({ length: 50 }, async (_, index) =>
      accepted(await cluster.patch('configmaps', 'a', { data: { [`k${index}`]: String(index) } })),
    );
    await Promise.all(patches);
    expect(Object.keys(cluster.get('configmaps', 'a')?.['data'] as JsonObject)).toHaveLength(51);
  });
  test('json patch sees what clients read', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a')));
    const patch = (version: string) => [
      { op: 'test', path: '/metadata/resourceVersion', value: version },
      { op: 'replace', path: '/data/k', value: 'w' },
    ];
    expect(refused(await cluster.patch('configmaps', 'a', patch('1'), { type: 'json' })).code).toBe(422);
    accepted(await cluster.patch('configmaps', 'a', patch(String(made.object.revision)), { type: 'json' }));
    expect(cluster.get('configmaps', 'a')).toMatchObject({ data: { k: 'w' } });
  });
  test('refuses what changes identity', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(refused(await cluster.patch('configmaps', 'a', { metadata: { name: 'b' } }))).toMatchObject({
      code: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    });
    expect(refused(await cluster.patch('configmaps', 'a', { metadata: { uid: 'x' } }))).toMatchObject({ code: 422 });
    expect(refused(await cluster.patch('configmaps', 'a', { metadata: { resourceVersion: '1' } }))).toMatchObject({
      code: 409,
    });
    expect(refused(await cluster.patch('configmaps', 'nope', {})).code).toBe(404);
  });
  test('an empty one changes nothing', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a')));
    expect(accepted(await cluster.patch('configmaps', 'a', {})).object.revision).toBe(made.object.revision);
  });
});

describe('update', () => {
  test('keeps what the client may not change', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a'))).object.object();
    cluster.clock.advance(60_000);
    const metadata = { creationTimestamp: null, generation: 9 };
    const updated = accepted(await cluster.update('configmaps', configMap('a', 'w', metadata))).object.object();
    expect(updated.metadata).toMatchObject({
      uid: made.metadata.uid,
      creationTimestamp: made.metadata.creationTimestamp,
    });
    expect(updated.metadata.generation).toBeUndefined();
  });
  test('of another object of the same name is refused as etcd would', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a'))).object.object();
    expect(refused(await cluster.update('configmaps', configMap('a', 'w', { uid: 'other' })))).toMatchObject({
      code: 409,
      message: `Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4, Key: /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: other, UID in object meta: ${made.metadata.uid}`,
    });
  });
  test('of a missing object, with a version that is no number', async () => {
    await using cluster = await testMachine();
    expect(refused(await cluster.update('configmaps', configMap('zzz'))).code).toBe(404);
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(refused(await cluster.update('configmaps', configMap('a', 'w', { resourceVersion: 'abc' })))).toMatchObject({
      code: 500,
      reason: '',
    });
  });
});

describe('create', () => {
  test('generates names until one is free, and bounds the base', async () => {
    await using cluster = await testMachine();
    const generated = await Promise.all(
      Array.from({ length: 20 }, async () =>
        accepted(await cluster.create('configmaps', { metadata: { generateName: 'g'.repeat(70) } })).object.object(),
      ),
    );
    const names = generated.map((object) => object.metadata.name ?? '');
    expect(new Set(names).size).toBe(20);
    for (const name of names) expect(name).toMatch(/^g{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });
  test('a dry run answers the object it would make and makes nothing', async () => {
    await using cluster = await testMachine();
    const imagined = accepted(await cluster.create('configmaps', configMap('a'), { dryRun: true }));
    expect(imagined.created).toBe(true);
    expect(imagined.object.object().metadata.resourceVersion).toBeUndefined();
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
  });
  test('a pod whose account is missing is refused', async () => {
    await using cluster = await testMachine();
    expect(refused(await cluster.create('pods', pod('x', { serviceAccountName: 'nobody' })))).toMatchObject({
      code: 403,
      message:
        'pods "x" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    });
    expect(refused(await cluster.create('pods', pod('x', { priorityClassName: 'nope' })))).toMatchObject({
      code: 403,
      message: 'pods "x" is forbidden: no PriorityClass with name nope was found',
    });
  });
  test('a pod that wants no token, or mounts something there itself, gets no volume', async () => {
    await using cluster = await testMachine();
    const without = await cluster.create('pods', pod('a', { automountServiceAccountToken: false }));
    expect(accepted(without).object.object()['spec']).not.toHaveProperty('volumes');
    const mount = { name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
    const own = pod('b', {
      containers: [{ name: 'c', image: 'i', volumeMounts: [mount] }],
      volumes: [{ name: 'own', emptyDir: {} }],
    });
    expect(accepted(await cluster.create('pods', own)).object.object()['spec']).toMatchObject({
      volumes: [{ name: 'own' }],
    });
  });
  test('a new node takes no pods until it has reported', async () => {
    await using cluster = await testMachine();
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' }, spec: { unschedulable: true } };
    expect(accepted(await cluster.create('nodes', node)).object.object()['spec']).toMatchObject({
      taints: [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }],
    });
  });
});
