import {
  AppsV1Api,
  CoordinationV1Api,
  CoreV1Api,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  V1MicroTime,
  Watch,
  type V1ConfigMap,
  type V1Lease,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { runningApi, type ApiSurroundings, type RunningApi } from './testing/running-api.ts';

/* The official JavaScript client against a server that is restarted under it. */

const NAMESPACE = 'default';

let surroundings: ApiSurroundings;
let server: RunningApi;
let kubeConfig: KubeConfig;
beforeAll(async () => {
  surroundings = await runningApi();
  server = await surroundings.start();
  kubeConfig = new KubeConfig();
  const { ca, cert, key } = server.credentials;
  kubeConfig.loadFromOptions({
    clusters: [{ name: 'test', server: server.url, caData: ca.toString('base64') }],
    users: [{ name: 'admin', certData: cert.toString('base64'), keyData: key.toString('base64') }],
    contexts: [{ name: 'test', cluster: 'test', user: 'admin' }],
    currentContext: 'test',
  });
});
afterAll(async () => {
  await surroundings[Symbol.asyncDispose]();
});

const core = (): CoreV1Api => kubeConfig.makeApiClient(CoreV1Api);
const configMap = (name: string, data: Readonly<Record<string, string>>) => ({
  metadata: { name, namespace: NAMESPACE },
  data: { ...data },
});

test('typed clients create, read, replace, patch in every way and delete', async () => {
  const api = core();
  const created = await api.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('one', { a: '1' }) });
  expect(created.metadata?.creationTimestamp).toBeInstanceOf(Date);
  created.data = { a: '2' };
  const replaced = await api.replaceNamespacedConfigMap({
    name: 'one',
    namespace: NAMESPACE,
    body: created,
  });
  expect(replaced.data).toEqual({ a: '2' });
  created.data = {};
  await expect(
    api.replaceNamespacedConfigMap({ name: 'one', namespace: NAMESPACE, body: created }),
  ).rejects.toMatchObject({ code: 409 });

  const patch = (strategy: string, body: unknown, options: object = {}): Promise<V1ConfigMap> =>
    api.patchNamespacedConfigMap(
      { name: 'one', namespace: NAMESPACE, body, ...options },
      setHeaderOptions('Content-Type', strategy),
    );
  const json = await patch(PatchStrategy.JsonPatch, [{ op: 'replace', path: '/data/a', value: '3' }]);
  expect(json.data).toEqual({ a: '3' });
  expect((await patch(PatchStrategy.MergePatch, { data: { b: '4' } })).data).toEqual({ a: '3', b: '4' });
  expect((await patch(PatchStrategy.StrategicMergePatch, { data: { b: null } })).data).toEqual({ a: '3' });
  const applied = { apiVersion: 'v1', kind: 'ConfigMap', ...configMap('one', { c: '5' }) };
  const ownership = await patch(PatchStrategy.ServerSideApply, applied, { fieldManager: 'applier' });
  expect(ownership.data).toEqual({ a: '3', c: '5' });
  expect(ownership.metadata?.managedFields?.find(({ manager }) => manager === 'applier')?.fieldsV1).toEqual({
    'f:data': { 'f:c': {} },
  });

  const deployments = kubeConfig.makeApiClient(AppsV1Api);
  const template = {
    metadata: { labels: { app: 'web' } },
    spec: { containers: [{ name: 'app', image: 'registry.example/app:v1' }] },
  };
  await deployments.createNamespacedDeployment({
    namespace: NAMESPACE,
    body: { metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template } },
  });
  const scale = await deployments.readNamespacedDeploymentScale({ name: 'web', namespace: NAMESPACE });
  scale.spec = { replicas: 3 };
  await deployments.replaceNamespacedDeploymentScale({ name: 'web', namespace: NAMESPACE, body: scale });
  expect((await deployments.listNamespacedDeployment({ namespace: NAMESPACE })).items[0]?.spec?.replicas).toBe(3);

  await api.deleteNamespacedConfigMap({ name: 'one', namespace: NAMESPACE });
  await expect(api.readNamespacedConfigMap({ name: 'one', namespace: NAMESPACE })).rejects.toMatchObject({ code: 404 });
});

test('a watch tells every change in order', async () => {
  const api = core();
  const { metadata } = await api.listNamespacedConfigMap({ namespace: NAMESPACE });
  const told: string[] = [];
  const stop = await new Watch(kubeConfig).watch(
    `/api/v1/namespaces/${NAMESPACE}/configmaps`,
    { resourceVersion: metadata?.resourceVersion, allowWatchBookmarks: true, fieldSelector: 'metadata.name=watched' },
    (phase: string, object: V1ConfigMap) => told.push(`${phase} ${object.data?.['a'] ?? ''}`),
    () => undefined,
  );
  const created = await api.createNamespacedConfigMap({ namespace: NAMESPACE, body: configMap('watched', { a: '1' }) });
  created.data = { a: '2' };
  await api.replaceNamespacedConfigMap({ name: 'watched', namespace: NAMESPACE, body: created });
  await api.deleteNamespacedConfigMap({ name: 'watched', namespace: NAMESPACE });
  await expect.poll(() => told, { timeout: 10_000 }).toEqual(['ADDED 1', 'MODIFIED 2', 'DELETED 2']);
  stop.abort();
});

test('an informer has every object again after the server was restarted', async () => {
  const list = () => core().listNamespacedConfigMap({ namespace: NAMESPACE, labelSelector: 'informed' });
  const path = `/api/v1/namespaces/${NAMESPACE}/configmaps`;
  const informer = makeInformer(kubeConfig, path, list, 'informed');
  let errors = 0;
  let isOver = false;
  // What the client's documentation tells to do when a watch fails.
  informer.on('error', () => {
    errors += 1;
    if (!isOver) setTimeout(() => void informer.start().catch(() => undefined), 200);
  });
  const deleted: string[] = [];
  informer.on('delete', (object) => deleted.push(object.metadata?.name ?? ''));
  await informer.start();

  const create = async (name: string): Promise<void> => {
    const body = { metadata: { name, labels: { informed: 'yes' } } };
    await core().createNamespacedConfigMap({ namespace: NAMESPACE, body });
  };
  const names = (): readonly string[] =>
    informer
      .list(NAMESPACE)
      .map((object) => object.metadata?.name ?? '')
      .toSorted();
  await create('first');
  await create('gone');
  await expect.poll(names, { timeout: 10_000 }).toEqual(['first', 'gone']);

  const port = Number(new URL(server.url).port);
  await server.stop();
  await expect.poll(() => errors, { timeout: 10_000 }).toBeGreaterThan(0);
  server = await surroundings.start({ port });
  await core().deleteNamespacedConfigMap({ name: 'gone', namespace: NAMESPACE });
  await create('second');
  await expect.poll(names, { timeout: 20_000 }).toEqual(['first', 'second']);
  expect(deleted).toEqual(['gone']);
  isOver = true;
  await informer.stop();
});

const LEASE = 'leader';
const LEASE_SECONDS = 1;

/** One contender: takes a free or expired lease, renews its own, and leads while it holds it. */
class Contender {
  leadsUntilMs = 0;
  isAlive = true;
  readonly #identity: string;
  readonly #api = kubeConfig.makeApiClient(CoordinationV1Api);

  constructor(identity: string) {
    this.#identity = identity;
  }

  async run(): Promise<void> {
    while (this.isAlive) {
      await this.#tryOnce().catch((thrown: unknown) => {
        // Someone else was faster.
        expect(thrown).toMatchObject({ code: 409 });
      });
      await systemClock.sleep(50);
    }
  }

  async #tryOnce(): Promise<void> {
    const now = systemClock.nowMs();
    const found = await this.#api.readNamespacedLease({ name: LEASE, namespace: NAMESPACE }).catch(() => undefined);
    const held = found?.spec;
    const isMine = held?.holderIdentity === this.#identity;
    // The client hands a time with microseconds out as text, whatever its type says.
    const expires = new Date(held?.renewTime ?? 0).getTime() + (held?.leaseDurationSeconds ?? 0) * 1000;
    if (!isMine && expires > now) return;
    const body: V1Lease = {
      metadata: found?.metadata ?? { name: LEASE },
      spec: {
        holderIdentity: this.#identity,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: new V1MicroTime(now),
        leaseTransitions: (held?.leaseTransitions ?? 0) + (isMine ? 0 : 1),
      },
    };
    if (found === undefined) await this.#api.createNamespacedLease({ namespace: NAMESPACE, body });
    else await this.#api.replaceNamespacedLease({ name: LEASE, namespace: NAMESPACE, body });
    this.leadsUntilMs = now + LEASE_SECONDS * 1000;
  }
}

test('of two contenders for a lease one leads, and the other after it died', async () => {
  const contenders = [new Contender('a'), new Contender('b')] as const;
  const running = contenders.map((contender) => contender.run());
  const leading = (): readonly Contender[] => {
    const now = systemClock.nowMs();
    return contenders.filter(({ leadsUntilMs }) => leadsUntilMs > now);
  };
  await expect.poll(() => leading().length, { timeout: 10_000 }).toBe(1);
  const [leader] = leading();
  for (let round = 0; round < 20; round++) {
    expect(leading()).toEqual([leader]);
    await systemClock.sleep(50);
  }
  if (leader !== undefined) leader.isAlive = false;
  await expect.poll(() => leading().filter((one) => one !== leader).length, { timeout: 10_000 }).toBe(1);
  expect(leading()).not.toContain(leader);
  const lease = await kubeConfig
    .makeApiClient(CoordinationV1Api)
    .readNamespacedLease({ name: LEASE, namespace: NAMESPACE });
  expect(lease.spec?.leaseTransitions).toBe(2);
  for (const contender of contenders) contender.isAlive = false;
  await Promise.all(running);
});
