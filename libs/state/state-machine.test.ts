import { describe, expect, test } from 'vitest';
import { accepted, configMap, pod, refused, testMachine } from './testing/machine.ts';

describe('a new cluster', () => {
  test('has the system namespaces with their accounts, the range of cluster IPs and the kubernetes service', async () => {
    await using cluster = await testMachine();
    for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
      expect(cluster.get('namespaces', name)).toMatchObject({
        metadata: { labels: { 'kubernetes.io/metadata.name': name } },
        spec: { finalizers: ['kubernetes'] },
        status: { phase: 'Active' },
      });
      expect(cluster.get('serviceaccounts', 'default', name)).toBeDefined();
    }
    expect(cluster.get('servicecidrs', 'kubernetes')).toMatchObject({ spec: { cidrs: ['10.96.0.0/16'] } });
    expect(cluster.get('services', 'kubernetes')).toMatchObject({ spec: { clusterIP: '10.96.0.1' } });
  });
});

describe('create', () => {
  test('fills what only the server writes', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('configmaps', configMap('a', 'v', { uid: 'mine', generation: 1 })));
    expect(made.created).toBe(true);
    const object = made.object.object();
    expect(object).toMatchObject({
      kind: 'ConfigMap',
      apiVersion: 'v1',
      metadata: { name: 'a', namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
      data: { k: 'v' },
    });
    expect(object.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
    expect(object.metadata.resourceVersion).toBe(String(made.object.revision));
    expect(JSON.parse(made.object.body().toString())).toEqual(object);
    expect(cluster.get('configmaps', 'a')).toEqual(object);
  });
  test('refuses a name that is taken, a missing namespace and a set resourceVersion', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    expect(refused(await cluster.create('configmaps', configMap('a')))).toMatchObject({
      code: 409,
      message: 'configmaps "a" already exists',
    });
    expect(refused(await cluster.create('configmaps', configMap('a'), { namespace: 'nope' }))).toMatchObject({
      code: 404,
      message: 'namespaces "nope" not found',
    });
    expect(refused(await cluster.create('configmaps', configMap('b', 'v', { resourceVersion: '5' })))).toMatchObject({
      code: 500,
      message: 'resourceVersion should not be set on objects to be created',
    });
  });
  test('a pod gets its account, token volume, priority and tolerations', async () => {
    await using cluster = await testMachine();
    const made = accepted(await cluster.create('pods', pod('p'))).object.object();
    expect(made['spec']).toMatchObject({
      serviceAccountName: 'default',
      serviceAccount: 'default',
      priority: 0,
      preemptionPolicy: 'PreemptLowerPriority',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      volumes: [{ name: expect.stringMatching(/^kube-api-access-/), projected: { defaultMode: 420 } }],
    });
  });
});

test('an update that changes nothing makes no event and answers the present object', async () => {
  await using cluster = await testMachine();
  const made = accepted(await cluster.create('configmaps', configMap('a')));
  const same = accepted(await cluster.update('configmaps', configMap('a')));
  expect(same.object.revision).toBe(made.object.revision);
  const changed = accepted(await cluster.update('configmaps', configMap('a', 'w')));
  expect(changed.object.revision).toBeGreaterThan(made.object.revision);
  const stale = refused(await cluster.update('configmaps', configMap('a', 'x', { resourceVersion: '1' })));
  expect(stale).toMatchObject({ code: 409, reason: 'Conflict' });
});
