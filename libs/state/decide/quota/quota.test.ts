import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, configMap, pod, refused, testMachine, type TestMachine } from '../../testing/machine.ts';

function quota(name: string, hard: JsonObject, more: JsonObject = {}): JsonObject {
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name }, spec: { hard, ...more } };
}

const asking = (cpu: string, more: JsonObject = {}): JsonObject => ({
  containers: [{ name: 'c', image: 'app:v1', resources: { requests: { cpu }, limits: { cpu } } }],
  ...more,
});

const used = (cluster: TestMachine, name = 'q'): unknown => cluster.get('resourcequotas', name)?.['status'];

async function withQuota(hard: JsonObject, more: JsonObject = {}): Promise<TestMachine> {
  const cluster = await testMachine();
  accepted(await cluster.create('resourcequotas', quota('q', hard, more)));
  return cluster;
}

describe('object counts', () => {
  test('the last one fits, the next is refused with what was asked, used and limited', async () => {
    await using cluster = await withQuota({ configmaps: '2', 'count/deployments.apps': '1' });
    accepted(await cluster.create('configmaps', configMap('one')));
    accepted(await cluster.create('configmaps', configMap('two')));
    expect(used(cluster)).toMatchObject({ used: { configmaps: '2', 'count/deployments.apps': '0' } });
    expect(refused(await cluster.create('configmaps', configMap('three')))).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps "three" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
      details: { kind: 'configmaps', name: 'three' },
    });
    expect(cluster.get('configmaps', 'three')).toBeUndefined();
  });
  test('what a deletion gives back is there in the same commit', async () => {
    await using cluster = await withQuota({ configmaps: '1' });
    accepted(await cluster.create('configmaps', configMap('one')));
    const [deleted, created] = await Promise.all([
      cluster.delete('configmaps', 'one'),
      cluster.create('configmaps', configMap('two')),
    ]);
    accepted(deleted);
    accepted(created);
    expect(used(cluster)).toEqual({ hard: { configmaps: '1' }, used: { configmaps: '1' } });
  });
  test('of two creations in one commit one is refused', async () => {
    await using cluster = await withQuota({ configmaps: '1' });
    const outcomes = await Promise.all([
      cluster.create('configmaps', configMap('one')),
      cluster.create('configmaps', configMap('two')),
    ]);
    accepted(outcomes[0]);
    expect(refused(outcomes[1]).message).toContain('used: configmaps=1');
  });
  test('a dry run is refused as well and changes nothing', async () => {
    await using cluster = await withQuota({ configmaps: '1' });
    accepted(await cluster.create('configmaps', configMap('one'), { dryRun: true }));
    expect(used(cluster)).toEqual({});
    accepted(await cluster.create('configmaps', configMap('one')));
    expect(refused(await cluster.create('configmaps', configMap('two'), { dryRun: true })).code).toBe(403);
  });
  test('a namesake is refused by the quota before it is found to exist', async () => {
    await using cluster = await withQuota({ configmaps: '1' });
    accepted(await cluster.create('configmaps', configMap('one')));
    expect(refused(await cluster.create('configmaps', configMap('one'))).code).toBe(403);
  });
  test('an emptied collection gives everything back', async () => {
    await using cluster = await withQuota({ configmaps: '3' });
    for (const name of ['a', 'b', 'c']) accepted(await cluster.create('configmaps', configMap(name)));
    const target = { definition: (await import('../../testing/machine.ts')).resourceNamed('configmaps') };
    accepted(
      await cluster.submit({
        type: 'delete-collection',
        target: { ...target, namespace: 'default', name: '', subresource: '' },
        selection: { labels: [], fields: [] },
        options: {},
      }),
    );
    expect(used(cluster)).toMatchObject({ used: { configmaps: '0' } });
  });
  test('a quota counts quotas, itself among them', async () => {
    await using cluster = await withQuota({ resourcequotas: '1' });
    expect(refused(await cluster.create('resourcequotas', quota('other', { pods: '1' }))).message).toContain(
      'exceeded quota: q, requested: resourcequotas=1, used: resourcequotas=1, limited: resourcequotas=1',
    );
  });
});

describe('pods', () => {
  test('requests and limits are summed exactly, several exceeded names in order', async () => {
    await using cluster = await withQuota({ pods: '5', 'requests.cpu': '1', 'limits.cpu': '1500m' });
    accepted(await cluster.create('pods', pod('a', asking('600m'))));
    expect(used(cluster)).toMatchObject({ used: { pods: '1', 'requests.cpu': '600m', 'limits.cpu': '600m' } });
    expect(refused(await cluster.create('pods', pod('b', asking('1')))).message).toBe(
      'pods "b" is forbidden: exceeded quota: q, requested: limits.cpu=1,requests.cpu=1, used: limits.cpu=600m,requests.cpu=600m, limited: limits.cpu=1500m,requests.cpu=1',
    );
  });
  test('a container that leaves open what is limited is named', async () => {
    await using cluster = await withQuota({ 'requests.cpu': '1', 'limits.memory': '1Gi' });
    expect(refused(await cluster.create('pods', pod('p'))).message).toBe(
      'pods "p" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
    );
  });
  test('a pod that has ended gives back its compute and still counts as an object', async () => {
    await using cluster = await withQuota({ pods: '1', 'requests.cpu': '1', 'count/pods': '5' });
    accepted(await cluster.create('pods', pod('a', asking('1'))));
    accepted(await cluster.patch('pods', 'a', { status: { phase: 'Succeeded' } }, { subresource: 'status' }));
    expect(used(cluster)).toMatchObject({ used: { pods: '0', 'requests.cpu': '0', 'count/pods': '1' } });
    accepted(await cluster.create('pods', pod('b', asking('1'))));
  });
  test('extended resources and ephemeral storage count by their requests', async () => {
    const hard = { 'requests.example.com/gpu': '2', 'requests.ephemeral-storage': '1Gi' };
    await using cluster = await withQuota(hard);
    const resources = {
      requests: { 'example.com/gpu': '2', 'ephemeral-storage': '512Mi' },
      limits: { 'example.com/gpu': '2' },
    };
    accepted(await cluster.create('pods', pod('a', { containers: [{ name: 'c', image: 'app:v1', resources }] })));
    expect(used(cluster)).toMatchObject({
      used: { 'requests.example.com/gpu': '2', 'requests.ephemeral-storage': '512Mi' },
    });
  });
  test('a scoped quota is about the pods in its scopes only', async () => {
    await using cluster = await withQuota({ pods: '1' }, { scopes: ['BestEffort'] });
    accepted(await cluster.create('resourcequotas', quota('ending', { pods: '1' }, { scopes: ['Terminating'] })));
    const high = { scopeName: 'PriorityClass', operator: 'In', values: ['system-node-critical'] };
    const selector = { scopeSelector: { matchExpressions: [high] } };
    accepted(await cluster.create('resourcequotas', quota('high', { pods: '0' }, selector)));
    accepted(await cluster.create('pods', pod('burstable', asking('1'))));
    accepted(await cluster.create('pods', pod('best')));
    expect(refused(await cluster.create('pods', pod('second'))).message).toContain('exceeded quota: q,');
    accepted(await cluster.create('pods', pod('ending', asking('1', { activeDeadlineSeconds: 5 }))));
    expect(
      refused(await cluster.create('pods', pod('late', asking('1', { activeDeadlineSeconds: 5 })))).message,
    ).toContain('exceeded quota: ending,');
    const critical = pod('critical', asking('1', { priorityClassName: 'system-node-critical' }));
    expect(refused(await cluster.create('pods', critical)).message).toContain('exceeded quota: high,');
  });
  test('affinity across namespaces is a scope', async () => {
    await using cluster = await withQuota({ pods: '0' }, { scopes: ['CrossNamespacePodAffinity'] });
    const term = (namespaces: readonly string[]): JsonObject => ({
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { a: 'b' } }, topologyKey: 'zone', namespaces },
        ],
      },
    });
    accepted(await cluster.create('pods', pod('near', { affinity: term([]) })));
    expect(refused(await cluster.create('pods', pod('far', { affinity: term(['other']) }))).code).toBe(403);
  });
});

describe('services and claims', () => {
  const service = (name: string, type: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: {
      type,
      ports: [
        { name: 'a', port: 80 },
        { name: 'b', port: 81 },
      ],
    },
  });
  const claim = (name: string, storage: string, storageClassName = 'gold'): JsonObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName, resources: { requests: { storage } } },
  });
  test('node ports and load balancers count by intent, also when a Service changes its type', async () => {
    await using cluster = await withQuota({ services: '5', 'services.nodeports': '3', 'services.loadbalancers': '1' });
    accepted(await cluster.create('services', service('ports', 'NodePort')));
    accepted(await cluster.create('services', service('inner', 'ClusterIP')));
    const widened = await cluster.patch('services', 'inner', { spec: { type: 'LoadBalancer' } });
    expect(refused(widened).message).toBe(
      'services "inner" is forbidden: exceeded quota: q, requested: services.nodeports=2, used: services.nodeports=2, limited: services.nodeports=3',
    );
    expect(used(cluster)).toMatchObject({ used: { services: '3', 'services.nodeports': '2' } });
  });
  test('storage counts as a whole and by class; only the growth of a claim is charged', async () => {
    await using cluster = await withQuota({
      'requests.storage': '10Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '4Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '2',
    });
    accepted(await cluster.create('persistentvolumeclaims', claim('a', '3Gi')));
    accepted(await cluster.create('persistentvolumeclaims', claim('b', '6Gi', 'plain')));
    expect(refused(await cluster.create('persistentvolumeclaims', claim('c', '1500Mi'))).message).toContain(
      'requested: gold.storageclass.storage.k8s.io/requests.storage=1500Mi,requests.storage=1500Mi',
    );
    accepted(
      await cluster.patch('persistentvolumeclaims', 'a', { status: { phase: 'Bound' } }, { subresource: 'status' }),
    );
    accepted(
      await cluster.patch('persistentvolumeclaims', 'a', { spec: { resources: { requests: { storage: '4Gi' } } } }),
    );
    expect(used(cluster)).toMatchObject({ used: { 'requests.storage': '10Gi' } });
  });
});

describe('status', () => {
  test('what is said there to be used is counted instead', async () => {
    await using cluster = await withQuota({ configmaps: '5' });
    accepted(await cluster.create('configmaps', configMap('one')));
    const forged = { status: { hard: { configmaps: '5' }, used: { configmaps: '0' } } };
    accepted(await cluster.patch('resourcequotas', 'q', forged, { subresource: 'status' }));
    expect(used(cluster)).toEqual({ hard: { configmaps: '5' }, used: { configmaps: '1' } });
  });
  test('other limits than those of the spec can be written there, and nobody is judged by them', async () => {
    await using cluster = await withQuota({ configmaps: '1' });
    const other = { status: { hard: { configmaps: '9' }, used: { configmaps: '0' } } };
    accepted(await cluster.patch('resourcequotas', 'q', other, { subresource: 'status' }));
    expect(used(cluster)).toEqual(other.status);
    accepted(await cluster.create('configmaps', configMap('one')));
    expect(used(cluster)).toEqual({ hard: { configmaps: '1' }, used: { configmaps: '1' } });
    expect(refused(await cluster.create('configmaps', configMap('two'))).code).toBe(403);
  });
  test('changed limits hold at once; lowered below what is used, they refuse only more', async () => {
    await using cluster = await withQuota({ configmaps: '2' });
    accepted(await cluster.create('configmaps', configMap('one')));
    accepted(await cluster.create('configmaps', configMap('two')));
    accepted(await cluster.patch('resourcequotas', 'q', { spec: { hard: { configmaps: '1' } } }));
    accepted(await cluster.patch('configmaps', 'one', { data: { k: 'new' } }));
    expect(refused(await cluster.create('configmaps', configMap('three'))).message).toContain(
      'used: configmaps=2, limited: configmaps=1',
    );
    accepted(await cluster.delete('configmaps', 'two'));
    expect(used(cluster)).toEqual({ hard: { configmaps: '1' }, used: { configmaps: '1' } });
  });
});
