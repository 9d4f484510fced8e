import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { MemoryApi } from '@taffrail/controller/testing/memory-api';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import type { Container, Pod } from '@taffrail/resources/generated/types';
import { linuxCgroups, type Cgroups } from '../node/cgroups.ts';
import { criRuntime } from '../runtime/cri/cri-runtime.ts';
import type { Runtime } from '../runtime/port.ts';
import { BUSYBOX, containerdMissing, startContainerd, type TestContainerd } from '../testing/containerd.ts';
import { nodeFixture, type NodeFixture } from '../testing/node-fixture.ts';
import { podApi } from '../testing/pod-api.ts';
import { PODS } from './status-writer.ts';

const missing = containerdMissing();
if (missing !== undefined) console.warn(`SKIPPED: pods in a real containerd: ${missing}`);

const main = (script: string, changes: Partial<Container> = {}): Container => ({
  name: 'main',
  image: BUSYBOX,
  imagePullPolicy: 'IfNotPresent',
  command: ['sh', '-c', script],
  ...changes,
});
const isRunning = (pod: Pod | undefined): boolean => pod?.status?.phase === 'Running';
const waitingReason = (pod: Pod | undefined): string | undefined =>
  pod?.status?.containerStatuses?.[0]?.state?.waiting?.reason;
const condition = (pod: Pod | undefined, type: string): string | undefined =>
  pod?.status?.conditions?.find((entry) => entry.type === type)?.status;

describe.skipIf(missing !== undefined)('pods in a real containerd', () => {
  let containerd: TestContainerd;
  let runtime: Runtime;
  let api: MemoryApi;
  let cgroups: Cgroups;
  let directory: string;
  let node: NodeFixture;

  beforeAll(async () => {
    containerd = await startContainerd();
    runtime = criRuntime(containerd.socketPath, systemClock, silentLogger);
    api = podApi();
    cgroups = await linuxCgroups(containerd.cgroupRoot);
    directory = mkdtempSync(join(tmpdir(), 'taffrail-node-'));
    node = await nodeFixture({ runtime, api, cgroups, directory });
  });
  afterAll(async () => {
    for (const pod of api.all<Pod>(PODS)) {
      await api.delete(PODS, 'default', pod.metadata.name ?? '', { gracePeriodSeconds: 1 });
    }
    for (let attempt = 0; attempt < 400 && node.pods.pods().length > 0; attempt++) await systemClock.sleep(25);
    const left = await runtime.listSandboxes();
    await node.close();
    for (const { id } of left) await runtime.removeSandbox(id);
    await cgroups.close();
    runtime.close();
    await containerd.stop();
    rmSync(directory, { recursive: true, force: true });
    expect(left).toEqual([]);
  });

  const log = (pod: Pod | undefined): string => {
    const { namespace, name, uid } = pod?.metadata ?? {};
    const folder = join(directory, 'logs', `${namespace}_${name}_${uid}`, 'main');
    return readdirSync(folder)
      .sort()
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('');
  };

  test('a pod that is seen runs, ready, with an address that answers', async () => {
    node.create(
      { name: 'web' },
      { containers: [main('mkdir -p /w; echo ahoy >/w/index.html; exec httpd -f -p 8080 -h /w')] },
    );
    const pod = await node.until('web', isRunning);
    for (const type of ['PodReadyToStartContainers', 'Initialized', 'ContainersReady', 'Ready']) {
      expect([type, condition(pod, type)]).toEqual([type, 'True']);
    }
    expect(pod?.status).toMatchObject({
      hostIP: '192.0.2.9',
      containerStatuses: [{ ready: true, started: true, restartCount: 0 }],
    });
    expect(pod?.status?.containerStatuses?.[0]?.containerID).toMatch(/^containerd:\/\/[0-9a-f]{64}$/);
    expect(pod?.status?.containerStatuses?.[0]?.imageID).toContain('sha256:');
    const answer = await retried(() => fetch(`http://${pod?.status?.podIP}:8080/`));
    expect(await answer.text()).toBe('ahoy\n');
    expect(node.reasons('web')).toEqual(['Pulled', 'Created', 'Started']);
  });

  test('a deleted pod gets its grace, reports its end, leaves the API and nothing behind', async () => {
    node.create(
      { name: 'polite' },
      { containers: [main('trap "echo bye >/dev/termination-log; exit 7" TERM; while :; do sleep 0.05; done')] },
    );
    const pod = await node.until('polite', isRunning);
    const seen: (Pod | undefined)[] = [];
    const stop = new AbortController();
    const watching = (async () => {
      for await (const { object } of api.watch<Pod>(
        PODS,
        '',
        { resourceVersion: pod?.metadata.resourceVersion ?? '' },
        stop.signal,
      )) {
        if (object.metadata.name === 'polite') seen.push(object);
      }
    })();
    await systemClock.sleep(200);
    await api.delete(PODS, 'default', 'polite', {});
    await node.until('polite', (found) => found === undefined);
    stop.abort();
    await watching;
    const last = seen.findLast((found) => found?.status?.containerStatuses?.[0]?.state?.terminated !== undefined);
    expect(last?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 7, message: 'bye\n' });
    expect(node.reasons('polite')).toContain('Killing');
    const uid = pod?.metadata.uid ?? '';
    for (let attempt = 0; attempt < 100 && existsSync(join(directory, 'pods', uid)); attempt++)
      await systemClock.sleep(20);
    expect(existsSync(join(directory, 'pods', uid))).toBe(false);
    expect(await runtime.listSandboxes(uid)).toEqual([]);
    expect(readdirSync(join(directory, 'logs')).filter((name) => name.includes(uid))).toEqual([]);
  });

  test('a container that ends at once restarts, then waits in CrashLoopBackOff with its last end shown', async () => {
    node.create({ name: 'crash' }, { containers: [main('echo once; exit 3')] });
    const pod = await node.until('crash', (found) => waitingReason(found) === 'CrashLoopBackOff');
    const status = pod?.status?.containerStatuses?.[0];
    expect(status).toMatchObject({
      restartCount: 1,
      ready: false,
      lastState: { terminated: { exitCode: 3, reason: 'Error' } },
    });
    expect(status?.state?.waiting?.message).toContain(
      'back-off 10s restarting failed container=main pod=crash_default(',
    );
    expect(condition(pod, 'Ready')).toBe('False');
    expect(node.reasons('crash')).toContain('BackOff');
  });

  test('a pod that is done says how', async () => {
    node.create({ name: 'good' }, { restartPolicy: 'Never', containers: [main('exit 0')] });
    node.create({ name: 'bad' }, { restartPolicy: 'Never', containers: [main('exit 5')] });
    const good = await node.until('good', (found) => found?.status?.phase === 'Succeeded');
    expect(good?.status?.conditions?.find(({ type }) => type === 'Ready')).toMatchObject({
      status: 'False',
      reason: 'PodCompleted',
    });
    const bad = await node.until('bad', (found) => found?.status?.phase === 'Failed');
    expect(bad?.status?.containerStatuses?.[0]?.state?.terminated).toMatchObject({ exitCode: 5, reason: 'Error' });
  });

  test('an image nobody has waits in ImagePullBackOff with the reason', async () => {
    node.create({ name: 'noimage' }, { containers: [main('true', { image: '127.0.0.1:1/none:1' })] });
    const pod = await node.until('noimage', (found) => waitingReason(found) === 'ImagePullBackOff');
    expect(pod?.status?.phase).toBe('Pending');
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(
      /^Back-off pulling image "127.0.0.1:1\/none:1": ErrImagePull: /,
    );
    expect(node.reasons('noimage').slice(0, 3)).toEqual(['Pulling', 'Failed', 'Failed']);
  });

  test('init containers run in order, a sidecar stays, and their files reach the main container', async () => {
    const mount = { name: 'scratch', mountPath: '/scratch' };
    const step = (name: string, script: string): Container => ({ ...main(script), name, volumeMounts: [mount] });
    node.create(
      { name: 'staged' },
      {
        terminationGracePeriodSeconds: 1,
        volumes: [{ name: 'scratch', emptyDir: {} }],
        initContainers: [
          step('first', 'echo 1 >>/scratch/order'),
          { ...step('side', 'echo 2 >>/scratch/order; exec sleep 1000'), restartPolicy: 'Always' },
          step('second', 'sleep 0.2; echo 3 >>/scratch/order'),
        ],
        containers: [step('main', 'cat /scratch/order; exec sleep 1000')],
      },
    );
    const pod = await node.until('staged', (found) => isRunning(found) && condition(found, 'Ready') === 'True');
    await retried(async () => expect(log(pod).match(/F \d/g)).toEqual(['F 1', 'F 2', 'F 3']));
    expect(pod?.status?.initContainerStatuses?.map(({ name, ready, started }) => [name, ready, started])).toEqual([
      ['first', true, false],
      ['side', true, true],
      ['second', true, false],
    ]);
  });

  test('ConfigMaps and Secrets become variables and files, and a changed one reaches the files', async () => {
    const put = (kind: string, name: string, content: object): unknown =>
      api.put({
        apiVersion: 'v1',
        kind,
        metadata: { name, namespace: 'default' },
        ...content,
      });
    put('Secret', 'login', { data: { password: Buffer.from('hunter2').toString('base64') } });
    node.create(
      { name: 'config', labels: { app: 'x' } },
      {
        volumes: [
          {
            name: 'settings',
            configMap: { name: 'settings', items: [{ key: 'mode', path: 'deep/mode', mode: 0o400 }] },
          },
          { name: 'self', downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }] } },
        ],
        containers: [
          main('echo "$PASSWORD $mode $GREETING $IP"; exec sleep 1000', {
            env: [
              { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
              { name: 'GREETING', value: 'hi-$(PASSWORD)-$$(PASSWORD)' },
              { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            ],
            envFrom: [{ configMapRef: { name: 'settings' } }],
            volumeMounts: [
              { name: 'settings', mountPath: '/etc/settings' },
              { name: 'self', mountPath: '/etc/self' },
            ],
          }),
        ],
      },
    );
    await node.until('config', () => node.events.some(({ reason }) => reason === 'FailedMount'));
    expect(node.events.find(({ reason }) => reason === 'FailedMount')?.message).toBe(
      'MountVolume.SetUp failed for volume "settings" : configmap "settings" not found',
    );
    put('ConfigMap', 'settings', { data: { mode: 'fast' } });
    const pod = await node.until('config', isRunning);
    await retried(async () => expect(log(pod)).toContain(`hunter2 fast hi-hunter2-$(PASSWORD) ${pod?.status?.podIP}`));
    const id = pod?.status?.containerStatuses?.[0]?.containerID?.slice('containerd://'.length) ?? '';
    const inside = async (...command: string[]): Promise<string> =>
      (await runtime.exec(id, command, 5)).stdout.toString();
    expect(await inside('cat', '/etc/settings/deep/mode', '/etc/self/labels')).toBe('fastapp="x"');
    expect(await inside('stat', '-L', '-c', '%a', '/etc/settings/deep/mode')).toBe('400\n');
    put('ConfigMap', 'settings', { data: { mode: 'slow' } });
    await retried(async () => expect(await inside('cat', '/etc/settings/deep/mode')).toBe('slow'));
  });

  test('a missing reference of a container is CreateContainerConfigError until it is there', async () => {
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'later', key: 'a' } } }];
    node.create({ name: 'needs' }, { containers: [main('exec sleep 1000', { env })] });
    const pod = await node.until('needs', (found) => waitingReason(found) === 'CreateContainerConfigError');
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toBe('configmap "later" not found');
    const later = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'later', namespace: 'default' },
      data: { a: '1' },
    };
    api.put(later);
    await node.until('needs', isRunning);
  });

  test('readiness follows its probe and a failed liveness probe restarts the container', async () => {
    const probe = { periodSeconds: 1, failureThreshold: 1 };
    node.create(
      { name: 'probed' },
      {
        terminationGracePeriodSeconds: 1,
        containers: [
          main('touch /alive; exec sleep 1000', {
            readinessProbe: { ...probe, exec: { command: ['test', '-e', '/ready'] } },
            livenessProbe: { ...probe, exec: { command: ['test', '-e', '/alive'] } },
          }),
        ],
      },
    );
    const pod = await node.until('probed', isRunning);
    expect(condition(pod, 'Ready')).toBe('False');
    const id = pod?.status?.containerStatuses?.[0]?.containerID?.slice('containerd://'.length) ?? '';
    await runtime.exec(id, ['touch', '/ready'], 5);
    await node.until('probed', (found) => condition(found, 'Ready') === 'True');
    await runtime.exec(id, ['rm', '/alive'], 5);
    await node.until('probed', (found) => (found?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0, 15_000);
    const messages = node.events.filter(({ about }) => about.metadata.name === 'probed').map(({ message }) => message);
    expect(messages).toContain('Container main failed liveness probe, will be restarted');
    expect(messages.some((message) => message.startsWith('Liveness probe failed'))).toBe(true);
  });

  test('a preStop hook runs before the stop signal', async () => {
    const hook = { preStop: { exec: { command: ['sh', '-c', 'echo hook >/proc/1/fd/1'] } } };
    const script = 'trap "echo term; sleep 0.1; exit 0" TERM; while :; do sleep 0.05; done';
    node.create({ name: 'hooked', finalizers: ['test/keep'] }, { containers: [main(script, { lifecycle: hook })] });
    const pod = await node.until('hooked', isRunning);
    await api.delete(PODS, 'default', 'hooked', {});
    await node.until('hooked', (found) => found?.status?.containerStatuses?.[0]?.state?.terminated !== undefined);
    expect(log(pod).match(/hook|term/g)).toEqual(['hook', 'term']);
    api.remove(PODS, 'default', 'hooked');
  });

  test('limits, a user without privileges and a read-only root reach the kernel', async () => {
    node.create(
      { name: 'limited' },
      {
        securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 2000 },
        volumes: [{ name: 'shared', emptyDir: { medium: 'Memory', sizeLimit: '1Mi' } }],
        containers: [
          main(
            'id; touch /x || echo readonly; touch /shared/y; stat -c %g /shared/y; grep NoNewPrivs /proc/self/status; exec sleep 1000',
            {
              resources: { requests: { cpu: '100m', memory: '32Mi' }, limits: { cpu: '500m', memory: '64Mi' } },
              securityContext: {
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              volumeMounts: [{ name: 'shared', mountPath: '/shared' }],
            },
          ),
        ],
      },
    );
    const pod = await node.until('limited', isRunning);
    await retried(async () => expect(log(pod)).toContain('NoNewPrivs:\t1'));
    expect(log(pod)).toContain('uid=1000(app) gid=1000(app) groups=1000(app),2000');
    expect(log(pod)).toContain('readonly');
    expect(log(pod)).toMatch(/F 2000/);
    const parent = `/sys/fs/cgroup/memory${containerd.cgroupRoot}/pod${pod?.metadata.uid}/memory.limit_in_bytes`;
    if (existsSync(parent)) expect(readFileSync(parent, 'utf8')).toBe(`${64 * 2 ** 20}\n`);
  });

  test('a user that must not be root and would be is refused with the reason', async () => {
    node.create({ name: 'rootless' }, { securityContext: { runAsNonRoot: true }, containers: [main('id')] });
    const pod = await node.until('rootless', (found) => waitingReason(found) === 'CreateContainerConfigError');
    expect(pod?.status?.containerStatuses?.[0]?.state?.waiting?.message).toContain(
      'container has runAsNonRoot and image will run as root',
    );
  });

  test('a hostPath of the wrong type is not mounted', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    node.create(
      { name: 'hostpath' },
      { volumes: [{ name: 'h', hostPath: { path: file, type: 'Directory' } }], containers: [main('true')] },
    );
    await node.until('hostpath', () => node.reasons('hostpath').includes('FailedMount'));
    expect(node.events.find(({ about }) => about.metadata.name === 'hostpath')?.message).toContain(
      `hostPath type check failed: ${file} is not a directory`,
    );
  });

  test('a restart of the agent keeps containers running, also while the API is away, and takes them over', async () => {
    const before = node.find('web')?.status?.containerStatuses?.[0]?.containerID;
    await node.close();
    const running = async (): Promise<number> =>
      (await runtime.listContainers()).filter(({ phase }) => phase === 'running').length;
    const count = await running();
    node = await nodeFixture({ runtime, api, cgroups, directory });
    await systemClock.sleep(500);
    expect(await running()).toBe(count);
    expect(node.find('web')?.status?.containerStatuses?.[0]).toMatchObject({ containerID: before, restartCount: 0 });
    expect(node.reasons('web')).toEqual([]);
  });

  test('a pod the API has forgotten while the agent was away is stopped after the first list', async () => {
    const { uid = '' } = node.find('staged')?.metadata ?? {};
    await node.close();
    const forgotten = join(directory, 'pods', '11111111-2222-4333-8444-555555555555');
    mkdirSync(forgotten);
    api.remove(PODS, 'default', 'staged');
    node = await nodeFixture({ runtime, api, cgroups, directory });
    for (let attempt = 0; attempt < 1800 && (await runtime.listSandboxes(uid)).length > 0; attempt++)
      await systemClock.sleep(20);
    expect(await runtime.listSandboxes(uid)).toEqual([]);
    await retried(async () => expect(existsSync(forgotten)).toBe(false));
  });

  test('a container killed behind the agent’s back is restarted, a sandbox too', async () => {
    const sandbox = (await runtime.listSandboxes(node.find('web')?.metadata.uid))[0]?.id ?? '';
    await runtime.stopSandbox(sandbox);
    const pod = await node.until(
      'web',
      (found) => (found?.status?.containerStatuses?.[0]?.restartCount ?? 0) > 0 && condition(found, 'Ready') === 'True',
      20_000,
    );
    expect(node.reasons('web')).toContain('SandboxChanged');
    const answer = await retried(() => fetch(`http://${pod?.status?.podIP}:8080/`));
    expect(answer.status).toBe(200);
  });
});

async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 100) throw error;
      await systemClock.sleep(50);
    }
  }
}
