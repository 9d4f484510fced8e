import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually, kubectlFor, run, type CommandResult, type Kubectl } from './kubectl.ts';
import { repository } from './cluster.ts';
import { memoryServer, type MemoryServer } from '../../services/api/testing/memory-server.ts';
import { shiftedClock, type ShiftedClock } from '../../services/api/testing/shifted-clock.ts';

/* The real kubectl on a past moment, through the context that `taffrail at` writes. */

const HOUR = 3_600_000;
let server: MemoryServer;
let clock: ShiftedClock;
let directory: string;
let now: Kubectl;
let then: Kubectl;
let thenMs: number;
/** What kubectl listed at the moment, while it was the present. */
let recorded: unknown;
const KINDS = 'namespaces,configmaps,secrets,services,deployments,serviceaccounts,priorityclasses';

const manifest = (replicas: number): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: registry.example/app:v1}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {greeting: hello ${replicas}}
`;
const event = (uid: string): string => `
apiVersion: v1
kind: Event
metadata: {name: web.1, namespace: default}
involvedObject: {apiVersion: apps/v1, kind: Deployment, name: web, namespace: default, uid: ${uid}}
reason: ScalingReplicaSet
message: Scaled up
type: Normal
`;

const taffrail = (...args: readonly string[]): Promise<CommandResult> =>
  run(join(repository, 'taffrail'), args, { environment: { KUBECONFIG: server.kubeconfigFile } });

beforeAll(async () => {
  // The moment lies two hours back and was real time: kubectl counts ages of its own from the machine's clock.
  clock = shiftedClock(Date.now() - 2 * HOUR);
  server = await memoryServer({ clock });
  directory = await mkdtemp(join(tmpdir(), 'taffrail-past-'));
  now = kubectlFor(server.kubeconfigFile, join(directory, 'cache'));
  then = Object.assign(async (...args: readonly string[]) => await now('--context', 'then', ...args), {
    attempt: (args: readonly string[]) => now.attempt(['--context', 'then', ...args]),
    json: async <T>(...args: readonly string[]): Promise<T> => await now.json<T>('--context', 'then', ...args),
  });
  const file = join(directory, 'web.yaml');
  await writeFile(file, manifest(3));
  await now('apply', '-f', file);
  const uid = await now('get', 'deployment', 'web', '-o', 'jsonpath={.metadata.uid}');
  await writeFile(join(directory, 'event.yaml'), event(uid));
  await now('create', '-f', join(directory, 'event.yaml'));
  clock.pass(HOUR);
  thenMs = clock.nowMs();
  recorded = await now.json('get', KINDS, '-A');
  clock.pass(HOUR);
  await writeFile(file, manifest(1));
  await now('apply', '-f', file);
  await now('delete', 'deployment', 'web', '--wait=false');
  const at = await taffrail(
    'at',
    new Date(thenMs).toISOString(),
    '--context',
    'then',
    '--kubeconfig',
    server.kubeconfigFile,
  );
  expect(at.code).toBe(0);
  expect(at.stdout).toContain('kubectl --context then get pods -A');
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

test('get shows what was there, aged as it was then', async () => {
  expect((await now.attempt(['get', 'deployment', 'web'])).stderr).toContain('NotFound');
  const [header, row] = (await then('get', 'deployments')).split('\n');
  expect(header).toMatch(/^NAME +READY +UP-TO-DATE +AVAILABLE +AGE/);
  expect(row).toMatch(/^web +0\/3 +0 +0 +60m/);
  expect(await then('get', 'configmap', 'settings', '-o', 'jsonpath={.data.greeting}')).toBe('hello 3');
  expect(await now('get', 'configmap', 'settings', '-o', 'jsonpath={.data.greeting}')).toBe('hello 1');
  expect(await then('get', 'all', '-l', 'app=web', '-o', 'name')).toBe('deployment.apps/web\n');
  expect(await then('get', 'cm', '--field-selector', 'metadata.name=settings', '-o', 'name')).toBe(
    'configmap/settings\n',
  );
  expect(await then('get', 'deploy', 'web', '--subresource=scale', '-o', 'jsonpath={.spec.replicas}')).toBe('3');
});

test('kubectl --server lists object for object what it listed then, by time and by revision', async () => {
  const time = `${server.url}/at/${new Date(thenMs).toISOString()}`;
  expect(await now.json('--server', time, 'get', KINDS, '-A')).toEqual(recorded);
  expect(await now.json('--server', encodedColons(time), 'get', KINDS, '-A')).toEqual(recorded);
  const json = (await taffrail('at', new Date(thenMs).toISOString(), '-o', 'json', '--context', 'then')).stdout;
  const { revision } = JSON.parse(json) as { readonly revision: string };
  expect(await now.json('--server', `${server.url}/at/${revision}`, 'get', KINDS, '-A')).toEqual(recorded);
});

function encodedColons(address: string): string {
  return address.replace(/at\/.*$/, (moment) => moment.replaceAll(':', '%3A'));
}

test('describe, events, explain, api-resources, api-versions and version work', async () => {
  const described = await then('describe', 'deployment', 'web');
  expect(described).toContain('3 desired');
  expect(described).toContain('ScalingReplicaSet');
  expect(await then('events', '--for', 'deployment/web')).toContain('Scaled up');
  expect(await then('explain', 'deployment.spec.replicas')).toContain('replicas <integer>');
  expect(await then('api-resources', '-o', 'name')).toBe(await now('api-resources', '-o', 'name'));
  expect(await then('api-versions')).toBe(await now('api-versions'));
  expect(await then('version')).toContain('Server Version');
});

test('auth can-i answers as of today', async () => {
  expect(await then('auth', 'can-i', 'list', 'pods')).toBe('yes\n');
  expect(await then('auth', 'whoami', '-o', 'jsonpath={.status.userInfo.username}')).toBe('kubernetes-admin');
});

test('get -w shows what was there and then what followed', async () => {
  const child = spawn(
    'kubectl',
    ['--context', 'then', '--cache-dir', join(directory, 'cache'), 'get', 'deploy', '-w'],
    {
      env: { ...process.env, KUBECONFIG: server.kubeconfigFile },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  try {
    await eventually('both changes', async () => (out.trim().split('\n').length >= 4 ? true : undefined));
    const replicas = out.split('\n').flatMap((line) => /^web +\d+\/(\d+)/.exec(line)?.[1] ?? []);
    expect(replicas).toEqual(['3', '1', '1']);
  } finally {
    child.kill();
  }
});

test('writes are refused in words that say what to do', async () => {
  for (const command of [
    ['delete', 'configmap', 'settings'],
    ['scale', 'deployment', 'web', '--replicas=2'],
    ['create', 'namespace', 'late'],
    ['label', 'configmap', 'settings', 'a=b'],
  ]) {
    const { code, stderr } = await then.attempt(command);
    expect([command[0], code, stderr]).toEqual([command[0], 1, expect.stringContaining('/at/<moment> is read only')]);
  }
});

test('taffrail at: json, a kubeconfig of its own, the address alone, and sentences for what is no moment', async () => {
  const config = ['--kubeconfig', server.kubeconfigFile];
  const json = JSON.parse(
    (await taffrail('at', '2026', '-o', 'json', '--context', 'two', ...config)).stdout,
  ) as unknown;
  expect(json).toMatchObject({
    context: 'two',
    server: `${server.url}/at/2026`,
    revision: expect.any(String) as string,
  });
  const own = await taffrail('at', new Date(thenMs).toISOString(), '-o', 'kubeconfig', ...config);
  const file = join(directory, 'own');
  await writeFile(file, own.stdout, { mode: 0o600 });
  expect(await kubectlFor(file, join(directory, 'own-cache'))('get', 'deploy', '-o', 'name')).toBe(
    'deployment.apps/web\n',
  );
  const address = await taffrail('at', '2026', '--speed', '0', '--until', 'now', '-o', 'server', ...config);
  expect(address.stdout).toBe(`${server.url}/at/2026;speed=0;until=now\n`);
  const refused = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stderr } = await taffrail('at', ...args, ...config);
    return [code, stderr.trim()];
  };
  const sentence = (text: RegExp): unknown => expect.stringMatching(text);
  expect(await refused('noon')).toEqual([2, sentence(/^taffrail: the moment is a revision, a time /)]);
  expect(await refused('2026', '--speed', 'fast')).toEqual([2, sentence(/^taffrail: --speed is a number/)]);
  expect(await refused('2026', '-o', 'xml')).toEqual([2, sentence(/^taffrail: --output is text, json/)]);
  expect(await refused('9007199254740991')).toEqual([1, sentence(/^taffrail: revision .* lies in the future/)]);
  expect(await refused('2020-01-01T00:00:00Z')).toEqual([1, sentence(/lies before the beginning of the log/)]);
  expect(await refused('2026', '--context', 'memory')).toEqual([1, sentence(/none of a past moment/)]);
});
