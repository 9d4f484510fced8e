import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Pod } from '@taffrail/resources/generated/types';
import { testCluster, type TestCluster } from './cluster.ts';
import { eventually, run, type CommandResult } from './kubectl.ts';
import { startRegistry } from './registry.ts';
import { writeBusyboxArchive } from './busybox-archive.ts';

interface ListOf<T> {
  readonly items: readonly T[];
}

const configMap = (name: string, size = 1): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { k: 'x'.repeat(size) } });

describe('what goes wrong', () => {
  let cluster: TestCluster;
  const attempt = (
    args: readonly string[],
    input?: string,
  ): Promise<{ code: number; stdout: string; stderr: string }> =>
    cluster.kubectl.attempt(args, input === undefined ? {} : { input });
  const waitingReason = (name: string, reason: string): Promise<Pod> =>
    eventually(`${name} to wait for ${reason}`, async () => {
      const pod = await cluster.kubectl.json<Pod>('get', 'pod', name);
      return pod.status?.containerStatuses?.[0]?.state?.waiting?.reason === reason ? pod : undefined;
    });

  beforeAll(async () => {
    cluster = await testCluster({ number: 2 });
    const up = await cluster.up();
    expect(up.code, `${up.stdout}\n${up.stderr}`).toBe(0);
    const archive = path.join(cluster.dataDir, 'busybox.tar');
    await writeBusyboxArchive(archive, ['docker.io/library/busybox:1.36']);
    expect((await cluster.taffrail('image', 'load', archive)).code).toBe(0);
  });
  afterAll(async () => {
    await cluster.dispose();
  });

  test('bad input is refused with a clear error and nothing is stored', async () => {
    const create = ['create', '--validate=false', '-f', '-'];
    const cases: readonly (readonly [string, string, RegExp])[] = [
      ['malformed JSON', '{"apiVersion":"v1",', /(error|Error).*(pars|unexpected|convert)/],
      ['malformed YAML', 'apiVersion: v1\nkind: ConfigMap\n  metadata: {', /(error|Error).*(pars|convert|yaml)/],
      ['unknown kind', 'apiVersion: v1\nkind: Barge\nmetadata: {name: bad}\n', /no matches for kind "Barge"/],
      ['invalid name', configMap('Bad_Name'), /metadata\.name: Invalid value: "Bad_Name"/],
      ['oversize body', configMap('bad', 3_200_000), /limit|too large|Too long/],
    ];
    for (const [what, input, message] of cases) {
      const result = await attempt(create, input);
      expect(result.code, what).not.toBe(0);
      expect(result.stderr, what).toMatch(message);
    }
    const strict = await attempt(
      ['apply', '-f', '-'],
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bad}\ndatum: {}\n',
    );
    expect(strict.stderr).toMatch(/strict decoding error: unknown field "datum"/);
    const raw = await attempt(
      ['create', '--raw', '/api/v1/namespaces/default/configmaps', '-f', '-'],
      '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"bad"}}',
    );
    expect(raw.stderr).toMatch(/Secret.*cannot be handled as a ConfigMap|ConfigMap.*Secret/);
    const left = await cluster.kubectl('get', 'configmaps', '-o', 'name');
    expect(left).not.toMatch(/bad/i);
  });

  test('images come from a registry, and one it does not have ends in ImagePullBackOff with the reason', async () => {
    await using registry = await startRegistry(cluster.dataDir);
    const { address } = await cluster.component('containerd');
    const ctr = (...args: string[]): Promise<CommandResult> =>
      run('ctr', ['--address', address.replace(/^unix:\/\//, ''), '--namespace', 'k8s.io', 'images', ...args]);
    const [kept, source] = [`${registry.address}/harbour/busybox:1`, 'docker.io/library/busybox:1.36'];
    const pushed = await ctr('push', '--plain-http', kept, source);
    expect(pushed.code, pushed.stderr).toBe(0);

    await cluster.kubectl('run', 'pulled', `--image=${kept}`, '--restart=Never', '--command', '--', 'echo', 'ahoy');
    await eventually('the pulled image to run', async () =>
      (await cluster.kubectl('logs', 'pulled')) === 'ahoy\n' ? true : undefined,
    );
    expect(await cluster.kubectl('get', 'events')).toMatch(/Pulled\s+pod\/pulled\s+Successfully pulled image/);

    await cluster.kubectl('run', 'missing', `--image=${registry.address}/harbour/none:1`, '--restart=Never');
    const pod = await waitingReason('missing', 'ImagePullBackOff');
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/harbour\/none:1.*not found/);
    await cluster.kubectl('delete', 'pod', 'pulled', 'missing');
  });

  test('a registry that does not answer ends in ImagePullBackOff with the reason', async () => {
    await cluster.kubectl('run', 'lost', '--image=127.0.0.1:1/lost:1', '--restart=Never');
    const pod = await waitingReason('lost', 'ImagePullBackOff');
    expect(pod.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain('127.0.0.1:1/lost:1');
    expect(await cluster.kubectl('get', 'events')).toMatch(
      /Failed to pull image "127\.0\.0\.1:1\/lost:1".*connection refused/,
    );
    await cluster.kubectl('delete', 'pod', 'lost');
  });

  test('a container that exits at once ends in CrashLoopBackOff', async () => {
    await cluster.kubectl('run', 'crash', '--image=busybox:1.36', '--command', '--', 'sh', '-c', 'exit 3');
    const pod = await waitingReason('crash', 'CrashLoopBackOff');
    expect(pod.status?.containerStatuses?.[0]?.lastState?.terminated?.exitCode).toBe(3);
    expect(await cluster.kubectl('get', 'pod', 'crash')).toMatch(/crash\s+0\/1\s+CrashLoopBackOff/);
    await cluster.kubectl('delete', 'pod', 'crash', '--now');
  });

  test('any process may be killed: acknowledged writes stay, containers keep running, the cluster settles', async () => {
    await cluster.kubectl(
      'create',
      'deployment',
      'steady',
      '--image=busybox:1.36',
      '--replicas=2',
      '--',
      'sleep',
      '3600',
    );
    await cluster.kubectl('rollout', 'status', 'deployment/steady', '--timeout=60s');
    const containers = async (): Promise<string[]> =>
      (await cluster.kubectl.json<ListOf<Pod>>('get', 'pods', '-l', 'app=steady')).items.map(
        (pod) =>
          `${pod.metadata.name} ${pod.status?.containerStatuses?.[0]?.containerID} ${pod.status?.containerStatuses?.[0]?.restartCount}`,
      );
    const before = await containers();
    const acknowledged: string[] = [];
    for (const name of ['api', 'nats', 'postgres', 'controllers', 'scheduler', 'agent', 'containerd']) {
      const { pid } = await cluster.component(name);
      const stop = new AbortController();
      const writes = (async () => {
        for (let i = 0; !stop.signal.aborted; i++) {
          const written = await attempt(['create', 'configmap', `kill-${name}-${i}`, '--from-literal=k=v']);
          if (written.code === 0) acknowledged.push(`configmap/kill-${name}-${i}`);
        }
      })();
      await new Promise((resolve) => setTimeout(resolve, 300));
      process.kill(pid, 'SIGKILL');
      await eventually(
        `${name} to be started again`,
        async () => {
          const now = await cluster.component(name);
          return now.pid !== pid && now.state === 'ready' ? now : undefined;
        },
        60_000,
      );
      stop.abort();
      await writes;
      const written = await attempt(['create', 'configmap', `after-${name}`, '--from-literal=k=v']);
      expect(written.code, `a write after ${name} came back: ${written.stderr}`).toBe(0);
    }
    const present = new Set((await cluster.kubectl('get', 'configmaps', '-o', 'name')).split('\n'));
    expect(acknowledged.filter((name) => !present.has(name))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(5);
    expect(await containers()).toEqual(before);
    await cluster.kubectl('scale', 'deployment/steady', '--replicas=3');
    await cluster.kubectl('rollout', 'status', 'deployment/steady', '--timeout=60s');
    const verified = await cluster.taffrail('log', 'verify');
    expect(verified.code, verified.stderr).toBe(0);
  });

  test('a killed supervisor is taken over by the next up, with the containers running on', async () => {
    const started = async (): Promise<string[]> =>
      (await cluster.kubectl.json<ListOf<Pod>>('get', 'pods', '-l', 'app=steady')).items
        .map((pod) => pod.status?.containerStatuses?.[0]?.containerID ?? '')
        .sort();
    const before = await started();
    const supervisor = await cluster.component('supervisor');
    process.kill(supervisor.pid, 'SIGKILL');
    const up = await cluster.up();
    expect(up.code, `${up.stdout}\n${up.stderr}`).toBe(0);
    await cluster.kubectl('rollout', 'status', 'deployment/steady', '--timeout=60s');
    expect(await started()).toEqual(before);
  });

  test('while Postgres hangs, writes and current reads go on and history answers 503; then the projector catches up', async () => {
    const { pid } = await cluster.component('postgres');
    process.kill(pid, 'SIGSTOP');
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter((child) => child !== '');
    for (const child of children) process.kill(Number(child), 'SIGSTOP');
    try {
      await cluster.kubectl('create', 'configmap', 'without-postgres', '--from-literal=k=v');
      expect(await cluster.kubectl('get', 'configmap', 'without-postgres', '-o', 'jsonpath={.data.k}')).toBe('v');
      const history = await cluster.get(
        '/apis/taffrail.dev/v1/history/core/configmaps/namespaces/default/without-postgres',
      );
      expect(history).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) });
      expect(JSON.parse(history.body)).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable' });
    } finally {
      for (const child of children) process.kill(Number(child), 'SIGCONT');
      process.kill(pid, 'SIGCONT');
    }
    await eventually('history to have the write', async () => {
      const history = await cluster.taffrail('history', 'configmap/without-postgres', '-n', 'default');
      return history.code === 0 && history.stdout.includes('created') ? true : undefined;
    });
  });
});
