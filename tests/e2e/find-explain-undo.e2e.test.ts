import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConfigMap, Deployment, Pod, Secret, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import type { CauseChain, ConsequenceTree } from '@taffrail/history/why';
import type { ChangeEntry } from '@taffrail/history/change-entry';
import { testCluster, type TestCluster } from './cluster.ts';
import { eventually, run, type CommandResult } from './kubectl.ts';
import { tracedWrites } from './origins.ts';

interface ListOf<T> {
  readonly items: readonly T[];
}

/*
 * The story: somebody breaks a ConfigMap and somebody deletes a Deployment. They are found with `kubectl history`, explained with
 * `kubectl why`, and put back with one `kubectl undo`, all of them plugins that `taffrail kubectl-plugins install` made.
 */

let cluster: TestCluster;
let plugins: string;
beforeAll(async () => {
  plugins = mkdtempSync(path.join(tmpdir(), 'taffrail-plugins-'));
  cluster = await testCluster({ number: 8, runtime: 'simulated' });
  const up = await cluster.up();
  expect(up.code, up.stdout + up.stderr).toBe(0);
  const installed = await cluster.taffrail('kubectl-plugins', 'install', '--dir', plugins);
  expect(installed.code, installed.stderr).toBe(0);
});
afterAll(async () => {
  await cluster.dispose();
  rmSync(plugins, { recursive: true, force: true });
});

/** kubectl with the plugins on its PATH, its answer whatever it is. */
const kubectl = (...args: readonly string[]): Promise<CommandResult> =>
  run('kubectl', args, {
    environment: {
      KUBECONFIG: cluster.kubeconfig,
      PATH: `${plugins}:${process.env['PATH']}`,
      TAFFRAIL_DATA_DIR: '/nowhere',
    },
    timeoutMs: 60_000,
  });
const done = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await kubectl(...args);
  expect(code, stdout + stderr).toBe(0);
  return stdout;
};
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await done(...args, '-o', 'json')) as T;
const shop = (...args: readonly string[]): readonly string[] => [...args, '-n', 'shop'];

/** Something was done; the revision before it is what people go back to. */
const revisionNow = async (): Promise<string> => {
  const [newest] = await json<readonly ChangeEntry[]>('history', '-A', '--limit', '1');
  return newest?.revision ?? '';
};
const ready = async (name: string, count: number): Promise<void> => {
  await eventually(`${count} pods of ${name}`, async () => {
    const deployment = await json<Deployment>(...shop('get', 'deployment', name));
    return deployment.status?.readyReplicas === count && deployment.status.replicas === count ? true : undefined;
  });
};

test('a bad ConfigMap and a deleted Deployment are found, explained, and undone in one command', async () => {
  await done('create', 'namespace', 'shop');
  await done(...shop('create', 'configmap', 'settings', '--from-literal=mode=good', '--from-literal=size=1'));
  await done(...shop('create', 'secret', 'generic', 'db', '--from-literal=password=hunter2'));
  await done(...shop('create', 'deployment', 'web', '--image=nginx', '--replicas=2'));
  await done(...shop('expose', 'deployment', 'web', '--port=80'));
  await ready('web', 2);
  const before = {
    deployment: await json<Deployment>(...shop('get', 'deployment', 'web')),
    service: await json<Service>(...shop('get', 'service', 'web')),
  };
  const good = await revisionNow();

  await done(...shop('patch', 'configmap', 'settings', '-p', '{"data":{"mode":"bad"}}'));
  await done(...shop('patch', 'secret', 'db', '-p', '{"stringData":{"password":"correct horse"}}'));
  await done(...shop('delete', 'deployment,service', 'web'));
  await eventually('the pods to be gone', async () =>
    (await json<ListOf<Pod>>(...shop('get', 'pods'))).items.length === 0 ? true : undefined,
  );

  const history = await done(...shop('history', '--since', good, '--user', 'kubernetes-admin'));
  expect(history).toMatch(/configmap\/settings {2}mode good → bad by kubernetes-admin \(kubectl patch\)/);
  expect(history).toMatch(/secret\/db {2}password \(hidden\) → \(hidden\)/);
  expect(history).toMatch(/deployment\.apps\/web {2}deleted by kubernetes-admin \(kubectl delete\)/);
  const field = await done(...shop('history', 'configmap/settings', '--field', 'data.mode', '-p'));
  expect(field).toMatch(/^ {4}- {2}mode: good\n {4}\+ {2}mode: bad$/m);

  const [pod] = (await json<readonly ChangeEntry[]>(...shop('history', 'pods', '--limit', '1'))).map(
    ({ about }) => about.name,
  );
  const why = await done(...shop('why', `pod/${pod}`));
  expect(why).toMatch(/^\S+ \S+ {2}deployment\.apps\/web deleted by kubernetes-admin \(kubectl delete\)/);
  expect(why).toMatch(/└─ \+\S+ m?s {2}replicaset\.apps\/web-\w+ deleted by system:kube-controller-manager/);
  expect(why).toMatch(/└─ \+\S+ m?s {2}pod\/web-\S+ deleted by system:node:/);
  expect(why).toMatch(/begun by kubernetes-admin, /);

  const refused = await kubectl(...shop('undo', '--to', good));
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
  expect(refused.stdout).toContain('~ configmap/settings  mode bad → good');
  const undone = await done(...shop('undo', '--to', good, '--yes'));
  expect(undone).toMatch(/\+ deployment\.apps\/web {2}create it again/);
  expect(undone).toMatch(/done in one transaction/);
  expect((await json<ConfigMap>(...shop('get', 'configmap', 'settings'))).data).toEqual({ mode: 'good', size: '1' });
  const password = (await json<Secret>(...shop('get', 'secret', 'db'))).data?.['password'] ?? '';
  expect(Buffer.from(password, 'base64').toString()).toBe('hunter2');
  await ready('web', 2);
  const after = {
    deployment: await json<Deployment>(...shop('get', 'deployment', 'web')),
    service: await json<Service>(...shop('get', 'service', 'web')),
  };
  expect(after.deployment.spec).toEqual(before.deployment.spec);
  expect(after.service.spec).toEqual(before.service.spec);
  expect(after.deployment.metadata.uid).not.toBe(before.deployment.metadata.uid);
  expect(await done(...shop('rollout', 'history', 'deployment/web'))).toMatch(/\n1\s/);
});

test('a pod is explained from the apply to its started container, and the apply shows what it led to', async () => {
  const [pod] = (await json<ListOf<Pod>>(...shop('get', 'pods'))).items;
  const name = `pod/${pod?.metadata.name}`;
  const { steps, origin } = await json<CauseChain>(...shop('why', name));
  const told = steps.map((step) =>
    'hidden' in step ? '?' : `${step.about.resource} ${step.verb} ${step.request.verb}`,
  );
  expect(told.slice(0, 4)).toEqual([
    'replicasets created create',
    'pods created create',
    'pods updated bind',
    'pods updated patch',
  ]);
  expect(origin).toEqual({ type: 'user', name: 'kubernetes-admin' });
  const tree = await json<ConsequenceTree>(...shop('why', 'deployment/web', '--forward'));
  expect(JSON.stringify(tree)).toContain('"consequences"');
});

test('a diff tells what lies between two moments, its exit code on demand, and no secret', async () => {
  const entries = await json<readonly ChangeEntry[]>(...shop('history', 'secret/db'));
  const first = entries.at(-1)?.revision ?? '';
  const second = entries.at(-2)?.revision ?? '';
  const differing = await kubectl(...shop('diff-at', 'secret/db', '--from', first, '--to', second, '--exit-code'));
  expect(differing.code).toBe(1);
  expect(differing.stdout).toMatch(/^--- a\/secret\/db\n\+\+\+ b\/secret\/db\n/);
  expect(differing.stdout).toMatch(/\+ {2}password: \(hidden, changed\)/);
  for (const secret of ['hunter2', 'correct horse']) {
    expect(differing.stdout).not.toContain(Buffer.from(secret).toString('base64'));
  }
  expect((await kubectl(...shop('diff-at', 'secret/db', '--from', first, '--exit-code'))).code).toBe(0);
  expect((await kubectl(...shop('diff-at', 'secret/db'))).code).toBe(2);
});

test('a transaction is taken back, and what was changed later has to be forced', async () => {
  const file = path.join(plugins, 'set.yaml');
  const text = (value: string): string =>
    ['a', 'b']
      .map(
        (name) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop}\ndata: {v: "${value}"}\n`,
      )
      .join('---\n');
  writeFileSync(file, text('1'));
  await cluster.taffrail('apply', '--atomic', '-f', file);
  writeFileSync(file, text('2'));
  const applied = await cluster.taffrail('apply', '--atomic', '-f', file, '-o', 'json');
  const { metadata } = JSON.parse(applied.stdout) as { metadata: { resourceVersion: string } };
  await done(...shop('patch', 'configmap', 'b', '-p', '{"data":{"v":"mine"}}'));
  const refused = await kubectl('undo', '--transaction', metadata.resourceVersion, '--yes');
  expect(refused.code).toBe(1);
  expect(refused.stdout).toContain('! configmap/b  data.v was changed later');
  await done('undo', '--transaction', metadata.resourceVersion, '--yes', '--force');
  for (const name of ['a', 'b']) {
    expect((await json<ConfigMap>(...shop('get', 'configmap', name))).data).toEqual({ v: '1' });
  }
});

test('a deleted namespace of five hundred objects is back in one transaction and five seconds, its specs as they were', async () => {
  const file = path.join(plugins, 'five-hundred.yaml');
  const objects = Array.from({ length: 500 }, (_, index) => {
    const labels = `{set: s${index % 7}}`;
    return index % 50 === 0
      ? `apiVersion: v1\nkind: Service\nmetadata: {name: o-${index}, namespace: large, labels: ${labels}}\nspec: {ports: [{port: 80}]}\n`
      : `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: o-${index}, namespace: large, labels: ${labels}}\ndata: {v: "${index}"}\n`;
  });
  writeFileSync(file, ['apiVersion: v1\nkind: Namespace\nmetadata: {name: large}\n', ...objects].join('---\n'));
  const applied = await cluster.taffrail('apply', '--atomic', '-f', file);
  expect(applied.code, applied.stderr).toBe(0);
  const content = async (): Promise<unknown> => {
    const { items } = await json<ListOf<KubeObject>>('get', 'configmaps,services', '-n', 'large');
    const own = items.filter(({ metadata }) => metadata.name?.startsWith('o-') === true);
    return own.map(({ metadata: { name, labels }, data, spec }) => ({ name, labels, data, spec }));
  };
  const before = await content();
  expect(before).toHaveLength(500);
  const to = await revisionNow();
  await done('delete', 'namespace', 'large', '--timeout=60s');
  const startMs = performance.now();
  await done('undo', '-n', 'large', '--to', to, '--yes');
  const tookMs = performance.now() - startMs;
  expect(await content()).toEqual(before);
  expect(tookMs, 'plan, question and commit').toBeLessThan(5_000);
  const entries = await json<readonly ChangeEntry[]>(
    'history',
    '-n',
    'large',
    '--user',
    'kubernetes-admin',
    '--limit',
    '500',
  );
  expect(new Set(entries.map(({ transaction }) => transaction.first)).size).toBe(1);
});

test('every write has an actor, and a chain that ends at a user, a timer, a report of a node or a start', async () => {
  const traced = await tracedWrites(cluster.dataDir);
  expect(traced.length).toBeGreaterThan(1_000);
  expect(traced.filter(({ user }) => user === '')).toEqual([]);
  expect(traced.filter(({ origin }) => origin.type === 'unknown').map(({ write }) => write)).toEqual([]);
});
