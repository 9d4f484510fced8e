import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Deployment, Node, Pod, ReplicaSet, Service } from '@taffrail/resources/generated/types';
import { repository, testCluster, type TestCluster } from './cluster.ts';
import { eventually, run } from './kubectl.ts';
import { tracedWrites } from './origins.ts';
import { writeBusyboxArchive } from './busybox-archive.ts';

interface ListOf<T> {
  readonly items: readonly T[];
}

/** A process that ends at once when it is asked to, as PID 1 does not by itself. */
const untilStopped = 'trap exit TERM; sleep 3600 & wait';

const example = (name: string): string => path.join(repository, 'examples/first-hour', name);

/** Whether a process does anything still; one that has ended and only waits to be reaped does not. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

describe('the first hour, with the real kubectl', () => {
  let cluster: TestCluster;
  const kubectl = (...args: readonly string[]): Promise<string> => cluster.kubectl('-n', 'harbour', ...args);
  const pods = async (selector: string): Promise<readonly Pod[]> =>
    (await cluster.kubectl.json<ListOf<Pod>>('-n', 'harbour', 'get', 'pods', '-l', selector)).items;
  const readyPods = async (selector: string, count: number): Promise<readonly Pod[]> =>
    eventually(`${count} ready pods of ${selector}`, async () => {
      const found = await pods(selector);
      const ready = found.filter(
        (pod) =>
          pod.metadata.deletionTimestamp === undefined &&
          pod.status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True'),
      );
      return ready.length === count && found.length === count ? ready : undefined;
    });
  const page = async (url: string): Promise<string> =>
    (await fetch(url, { signal: AbortSignal.timeout(3_000) })).text();
  const taskIds = async (): Promise<readonly string[]> => {
    const { address } = await cluster.component('containerd');
    const listed = await run('ctr', [
      '--address',
      address.replace(/^unix:\/\//, ''),
      '-n',
      'k8s.io',
      'tasks',
      'list',
      '-q',
    ]);
    expect(listed.code, listed.stderr).toBe(0);
    return listed.stdout.split('\n').filter((line) => line !== '');
  };

  beforeAll(async () => {
    cluster = await testCluster({ number: 1 });
  });
  afterAll(async () => {
    await cluster.dispose();
  });

  test('up --detach returns 0 when the node is Ready', async () => {
    const up = await cluster.up();
    expect(up.code, `${up.stdout}\n${up.stderr}`).toBe(0);
    expect(up.stdout).toContain(cluster.kubeconfig);
    const nodes = await cluster.kubectl.json<ListOf<Node>>('get', 'nodes');
    expect(nodes.items).toHaveLength(1);
    const ready = nodes.items[0]?.status?.conditions?.find((condition) => condition.type === 'Ready');
    expect(ready?.status).toBe('True');
    expect(await cluster.kubectl('get', 'nodes')).toMatch(/\bReady\b/);
  });

  test('image load puts every image of an archive into the node', async () => {
    const archive = path.join(cluster.dataDir, 'busybox.tar');
    await writeBusyboxArchive(archive, ['docker.io/library/busybox:1.36', 'docker.io/library/busybox:1.37']);
    const loaded = await cluster.taffrail('image', 'load', archive);
    expect(loaded.code, loaded.stderr).toBe(0);
    expect(loaded.stdout).toContain('busybox:1.36');
    expect(loaded.stdout).toContain('busybox:1.37');
  });

  test('a pod runs, has an address and logs', async () => {
    await cluster.kubectl('create', 'namespace', 'harbour');
    await kubectl('apply', '-f', example('pod.yaml'));
    await kubectl('wait', '--for=condition=Ready', 'pod/hello', '--timeout=30s');
    expect(await kubectl('get', 'pod', 'hello', '-o', 'wide')).toMatch(
      /hello\s+1\/1\s+Running\s+0\s+\S+\s+10\.231\.0\.\d+/,
    );
    expect(await kubectl('logs', 'hello')).toMatch(/^hello from hello on \S+\n$/);
    expect(await kubectl('describe', 'pod', 'hello')).toMatch(/Started\s+.*kubelet.*Started container hello/);
  });

  test('a deployment of three answers HTTP at every pod, and its service answers from node and pod', async () => {
    await kubectl('apply', '-f', example('web.yaml'));
    expect(await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s')).toContain('successfully rolled out');
    for (const pod of await readyPods('app=web', 3))
      expect(await page(`http://${pod.status?.podIP}:8080/`)).toBe('ahoy\n');
    const service = await cluster.kubectl.json<Service>('-n', 'harbour', 'get', 'service', 'web');
    const address = `http://${service.spec?.clusterIP}/`;
    expect(await eventually('the service to answer', () => page(address))).toBe('ahoy\n');
    await kubectl(
      'run',
      'client',
      '--image=busybox:1.36',
      '--restart=Never',
      '--command',
      '--',
      'timeout',
      '5',
      'wget',
      '-qO-',
      address,
    );
    await eventually('the client to succeed', async () =>
      (await kubectl('get', 'pod', 'client', '-o', 'jsonpath={.status.phase}')) === 'Succeeded' ? true : undefined,
    );
    expect(await kubectl('logs', 'client')).toBe('ahoy\n');
    await kubectl('delete', 'pod', 'client');
  });

  test('describe tells the story of the deployment', async () => {
    const text = await kubectl('describe', 'deployment', 'web');
    expect(text).toMatch(/Replicas:\s+3 desired \| 3 updated \| 3 total \| 3 available \| 0 unavailable/);
    expect(text).toMatch(/ScalingReplicaSet\s+.*deployment-controller\s+Scaled up replica set web-\w+ (from 0 )?to 3/);
    expect(await cluster.kubectl('describe', 'node')).toMatch(/harbour\s+hello/);
  });

  test('scale changes the number of pods', async () => {
    await kubectl('scale', 'deployment/web', '--replicas=5');
    await readyPods('app=web', 5);
    await kubectl('scale', 'deployment/web', '--replicas=3');
    await readyPods('app=web', 3);
  });

  test('a rolling update goes forward, and undo goes back', async () => {
    await kubectl('set', 'image', 'deployment/web', 'web=busybox:1.37');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    for (const pod of await readyPods('app=web', 3)) expect(pod.spec?.containers[0]?.image).toBe('busybox:1.37');
    expect(await kubectl('rollout', 'history', 'deployment/web')).toMatch(/\n1\s.*\n2\s/);
    await kubectl('rollout', 'undo', 'deployment/web');
    await kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
    for (const pod of await readyPods('app=web', 3)) expect(pod.spec?.containers[0]?.image).toBe('busybox:1.36');
    const sets = await cluster.kubectl.json<ListOf<ReplicaSet>>('-n', 'harbour', 'get', 'replicasets', '-l', 'app=web');
    expect(sets.items).toHaveLength(2);
    const deployment = await cluster.kubectl.json<Deployment>('-n', 'harbour', 'get', 'deployment', 'web');
    expect(deployment.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  test('a deleted pod is replaced, and a watch sees it', async () => {
    const [victim] = await readyPods('app=web', 3);
    const watch = spawn('kubectl', ['-n', 'harbour', 'get', 'pods', '-l', 'app=web', '-w', '--output-watch-events'], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
    });
    let seen = '';
    watch.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
    try {
      await eventually('the watch to begin', async () => (seen.includes('ADDED') ? true : undefined));
      await kubectl('delete', 'pod', victim?.metadata.name ?? '');
      const replaced = await readyPods('app=web', 3);
      expect(replaced.map((pod) => pod.metadata.uid)).not.toContain(victim?.metadata.uid);
      await eventually('the watch to see the deletion', async () =>
        new RegExp(`DELETED\\s+${victim?.metadata.name}`).test(seen) ? true : undefined,
      );
    } finally {
      watch.kill('SIGTERM');
    }
  });

  test('create deployment works, and events tell what happened', async () => {
    await kubectl(
      'create',
      'deployment',
      'made',
      '--image=busybox:1.36',
      '--replicas=2',
      '--',
      'sh',
      '-c',
      untilStopped,
    );
    await kubectl('rollout', 'status', 'deployment/made', '--timeout=60s');
    const events = await kubectl('get', 'events');
    for (const reason of [
      'Scheduled',
      'Pulled',
      'Created',
      'Started',
      'SuccessfulCreate',
      'ScalingReplicaSet',
      'Killing',
    ])
      expect(events).toContain(reason);
    await kubectl('delete', 'deployment', 'made', '--cascade=foreground');
    await eventually(
      'its pods to be gone',
      async () => ((await pods('app=made')).length === 0 ? true : undefined),
      60_000,
    );
  });

  test('history has every step, and the log verifies', async () => {
    const history = await cluster.taffrail('history', 'deployment/web', '-n', 'harbour');
    expect(history.code, history.stderr).toBe(0);
    expect(history.stdout).toMatch(/replicas 3 → 5/);
    expect(history.stdout).toMatch(/replicas 5 → 3/);
    expect(history.stdout).toMatch(/busybox:1\.36 → busybox:1\.37/);
    const verified = await cluster.taffrail('log', 'verify');
    expect(verified.code, `${verified.stdout}${verified.stderr}`).toBe(0);
    expect(verified.stdout).toMatch(/\d+ commits/);
  });

  test('rebuild drops the projection and replays: every list is byte for byte what it was', async () => {
    const kinds = [
      'namespaces',
      'nodes',
      'pods',
      'configmaps',
      'secrets',
      'services',
      'serviceaccounts',
      'replicasets.apps',
      'deployments.apps',
    ];
    await kubectl('scale', 'deployment/web', '--replicas=0');
    await readyPods('app=web', 0);
    const read = async (): Promise<string[]> =>
      Promise.all(
        kinds.map((kind) => {
          const [resource, group] = kind.split('.');
          return cluster.kubectl(
            'get',
            '--raw',
            `${group === undefined ? '/api/v1' : `/apis/${group}/v1`}/${resource}`,
          );
        }),
      );
    const items = (lists: readonly string[]): string[] => lists.map((list) => list.slice(list.indexOf('"items"')));
    const history = async (): Promise<string> =>
      (await cluster.taffrail('history', 'deployment/web', '-n', 'harbour', '-o', 'json')).stdout;
    const [before, told] = [items(await read()), await history()];
    const rebuilt = await cluster.taffrail('rebuild', '--yes');
    expect(rebuilt.code, `${rebuilt.stdout}${rebuilt.stderr}`).toBe(0);
    const { pid } = await cluster.component('api');
    process.kill(pid, 'SIGKILL');
    await eventually(
      'the API server to be back',
      async () => ((await cluster.component('api')).pid === pid ? undefined : cluster.kubectl('get', 'nodes')),
      60_000,
    );
    expect(items(await read())).toEqual(before);
    expect(await history()).toBe(told);
  });

  test('delete -f removes objects and containers', async () => {
    await kubectl('delete', '-f', example('web.yaml'), '-f', example('pod.yaml'));
    await kubectl('create', 'role', 'reader', '--verb=get', '--resource=pods');
    await cluster.kubectl('delete', 'namespace', 'harbour', '--timeout=60s');
    const roles = '/apis/rbac.authorization.k8s.io/v1/roles';
    expect(await cluster.kubectl('get', '--raw', roles), 'kinds without a controller go as well').not.toContain(
      'reader',
    );
    await eventually('no container to be left', async () => ((await taskIds()).length === 0 ? true : undefined));
    const history = await cluster.taffrail('history', 'deployment/web', '-n', 'harbour');
    expect(history.stdout).toMatch(/deleted/);
  });

  test('every write of the hour has an actor and a chain that ends at a user, a timer, a report or a start', async () => {
    const traced = await tracedWrites(cluster.dataDir);
    expect(traced.length).toBeGreaterThan(200);
    expect(traced.filter(({ user }) => user === '')).toEqual([]);
    expect(traced.filter(({ origin }) => origin.type === 'unknown').map(({ write }) => write)).toEqual([]);
  });

  test('down leaves no process, and a second up brings the cluster back', async () => {
    await cluster.kubectl('create', 'configmap', 'kept', '--from-literal=k=v');
    const { components } = await cluster.status();
    const down = await cluster.taffrail('down');
    expect(down.code, `${down.stdout}${down.stderr}`).toBe(0);
    const suffix = createHash('sha256').update(path.join(cluster.dataDir, 'node')).digest('hex').slice(0, 8);
    for (const trace of [`/sys/class/net/tfr-${suffix}`, `/sys/fs/cgroup/memory/taffrail-${suffix}`])
      expect(existsSync(trace), `${trace} is left`).toBe(false);
    for (const { name, pid } of components) expect(isRunning(pid), `${name} (process ${pid}) runs`).toBe(false);
    const up = await cluster.up();
    expect(up.code, `${up.stdout}${up.stderr}`).toBe(0);
    expect(await cluster.kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.k}')).toBe('v');
  });
});
