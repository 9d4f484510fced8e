import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '@taffrail/resources/object';
import { testCluster, type TestCluster } from './cluster.ts';
import { eventually } from './kubectl.ts';

/** Rules that hold between objects, as someone with kubectl meets them: quotas, limits, budgets, owners. */

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await testCluster({ number: 8, runtime: 'simulated' });
  const up = await cluster.up();
  expect(up.code, up.stdout + up.stderr).toBe(0);
});
afterAll(async () => {
  await cluster.dispose();
});

async function apply(...manifests: readonly object[]): Promise<void> {
  const applied = await attemptApply(...manifests);
  expect(applied.code, applied.stderr).toBe(0);
}

const attemptApply = async (...manifests: readonly object[]): ReturnType<TestCluster['kubectl']['attempt']> =>
  await cluster.kubectl.attempt(['create', '-f', '-'], {
    input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }),
  });

const get = async <T>(...args: readonly string[]): Promise<T> => await cluster.kubectl.json<T>('get', ...args);

const field = async (path: string, ...args: readonly string[]): Promise<string> =>
  await cluster.kubectl('get', ...args, '-o', `jsonpath={${path}}`);

/** Waits until what is read is as expected. */
async function becomes(expected: string, read: () => Promise<string>): Promise<void> {
  await eventually(expected, async () => ((await read()) === expected ? true : undefined));
}

test('a quota holds what fits and refuses the rest, and gives back what is deleted', async () => {
  await cluster.kubectl('create', 'namespace', 'quota');
  await cluster.kubectl('-n', 'quota', 'create', 'quota', 'q', '--hard=pods=3,count/deployments.apps=1');
  await cluster.kubectl('-n', 'quota', 'create', 'deployment', 'web', '--image=nginx', '--replicas=5');
  await becomes('3', async () => await field('.status.used.pods', '-n', 'quota', 'quota', 'q'));
  const second = await cluster.kubectl.attempt(['-n', 'quota', 'create', 'deployment', 'more', '--image=nginx']);
  expect(second.stderr).toContain(
    'deployments.apps "more" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
  );
  const exceeded = 'exceeded quota: q, requested: pods=1, used: pods=3, limited: pods=3';
  await becomes('true', async () => {
    const conditions = await field('.items[0].status.conditions[*].message', '-n', 'quota', 'replicasets');
    return String(conditions.includes(exceeded));
  });
  await cluster.kubectl('-n', 'quota', 'delete', 'deployment', 'web', '--cascade=foreground');
  await becomes(
    '{"count/deployments.apps":"0","pods":"0"}',
    async () => await field('.status.used', '-n', 'quota', 'quota', 'q'),
  );
});

test('a limit range fills in what a pod leaves open and refuses what is too much', async () => {
  await cluster.kubectl('create', 'namespace', 'limits');
  const limits = [{ type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }];
  const metadata = { name: 'l', namespace: 'limits' };
  await apply({ apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits } });
  await cluster.kubectl('-n', 'limits', 'run', 'small', '--image=nginx');
  expect(await field('.spec.containers[0].resources', '-n', 'limits', 'pod', 'small')).toBe(
    '{"limits":{"cpu":"200m"},"requests":{"cpu":"100m"}}',
  );
  const large = await attemptApply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'large', namespace: 'limits' },
    spec: { containers: [{ name: 'c', image: 'nginx', resources: { limits: { cpu: '2' } } }] },
  });
  expect(large.stderr).toContain('pods "large" is forbidden: maximum cpu usage per Container is 1, but limit is 2');
});

test('kubectl drain empties a node as fast as a budget lets it', async () => {
  await cluster.kubectl('create', 'namespace', 'budget');
  await cluster.kubectl('-n', 'budget', 'create', 'deployment', 'web', '--image=nginx', '--replicas=2');
  await cluster.kubectl('-n', 'budget', 'create', 'pdb', 'web', '--selector=app=web', '--min-available=2');
  await becomes('2', async () => await field('.status.currentHealthy', '-n', 'budget', 'pdb', 'web'));
  const [node] = (await get<{ items: readonly KubeObject[] }>('nodes')).items;
  const drain = ['drain', node?.metadata.name ?? '', '--pod-selector=app=web', '--force', '--timeout=5s'];
  const refused = await cluster.kubectl.attempt(drain);
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toContain("Cannot evict pod as it would violate the pod's disruption budget.");
  await cluster.kubectl('-n', 'budget', 'patch', 'pdb', 'web', '--type=merge', '-p', '{"spec":{"minAvailable":0}}');
  await becomes('2', async () => await field('.status.disruptionsAllowed', '-n', 'budget', 'pdb', 'web'));
  await cluster.kubectl('drain', node?.metadata.name ?? '', '--pod-selector=app=web', '--force', '--grace-period=1');
  await cluster.kubectl('uncordon', node?.metadata.name ?? '');
});

test('what an owner leaves behind goes, stays or goes first, as the deletion asks', async () => {
  await cluster.kubectl('create', 'namespace', 'owners');
  const child = async (name: string, owner: string): Promise<void> => {
    const uid = await field('.metadata.uid', '-n', 'owners', 'configmap', owner);
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: owner, uid, blockOwnerDeletion: true }];
    await apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'owners', ownerReferences } });
  };
  const isThere = async (kind: string, name: string): Promise<boolean> =>
    (await cluster.kubectl('-n', 'owners', 'get', kind, name, '--ignore-not-found', '-o', 'name')) !== '';
  for (const cascade of ['background', 'foreground', 'orphan']) {
    await cluster.kubectl('-n', 'owners', 'create', 'configmap', cascade);
    await child(`of-${cascade}`, cascade);
    await cluster.kubectl('-n', 'owners', 'delete', 'configmap', cascade, `--cascade=${cascade}`);
    // kubectl waits until the owner is gone; in the foreground its dependent went before it.
    if (cascade === 'foreground') expect(await isThere('secret', 'of-foreground')).toBe(false);
  }
  await becomes('false', async () => String(await isThere('secret', 'of-background')));
  expect(await field('.metadata.ownerReferences', '-n', 'owners', 'secret', 'of-orphan')).toBe('');
  expect(await isThere('secret', 'of-orphan')).toBe(true);
});
