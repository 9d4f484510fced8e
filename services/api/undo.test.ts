import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const MERGE = { 'content-type': 'application/merge-patch+json' };

let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
let controllers: KubeClient;
let namespace = '';
let round = 0;
beforeAll(async () => {
  server = await memoryServer();
  const ca = server.pki.tls.clientAuthority;
  admin = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
  scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
  controllers = kubeClient(server.url, { ca, ...(await server.pki.client('controller-manager')) });
});
afterAll(async () => {
  for (const client of [admin, scheduler, controllers]) client.close();
  await server[Symbol.asyncDispose]();
});
beforeEach(async () => {
  namespace = `shop-${++round}`;
  await admin.request('POST', '/api/v1/namespaces', { metadata: { name: namespace } });
});

const path = (resource: string, name = ''): string => {
  const root = resource === 'deployments' || resource === 'replicasets' ? '/apis/apps/v1' : '/api/v1';
  return `${root}/namespaces/${namespace}/${resource}${name === '' ? '' : `/${name}`}`;
};
const create = async (resource: string, object: object): Promise<JsonObject> => {
  const answer = await admin.request('POST', path(resource), object);
  expect(answer.status, answer.text).toBe(201);
  return answer.json as unknown as JsonObject;
};
const configMap = (name: string, data: object, labels: object = {}): object => ({ metadata: { name, labels }, data });
const get = async (resource: string, name: string): Promise<KubeAnswer> =>
  await admin.request('GET', path(resource, name));
const remove = async (resource: string, name: string): Promise<void> => {
  expect((await admin.request('DELETE', path(resource, name))).status).toBe(200);
};
const head = async (): Promise<string> =>
  (await admin.request('GET', '/api/v1/namespaces')).json.metadata['resourceVersion'] ?? '';

const undo = async (body: object, query = '', client = admin): Promise<KubeAnswer> =>
  await client.request('POST', `/apis/taffrail.dev/v1/undo${query}`, body);
const undone = async (body: object): Promise<readonly string[]> => {
  const answer = await undo(body);
  expect(answer.status, answer.text).toBe(200);
  return linesOf(answer);
};
const linesOf = ({ json }: KubeAnswer): readonly string[] =>
  (json['actions'] as readonly { action: string; about: { name: string }; summary: string }[]).map(
    ({ action, about, summary }) => `${action} ${about.name}: ${summary}`,
  );

test('an object goes back, in words as it will, and only when it is really done', async () => {
  await create('configmaps', configMap('c', { mode: 'good', same: '1' }));
  const to = await head();
  await admin.request('PATCH', path('configmaps', 'c'), { data: { mode: 'bad', more: 'x' } }, MERGE);
  const body = { resource: 'configmaps', namespace, name: 'c', to };
  const planned = await undo(body, '?dryRun=All');
  expect(linesOf(planned)).toEqual(['update c: mode bad → good, more removed']);
  expect(planned.json).toMatchObject({ kind: 'UndoPlan', done: false });
  expect((await get('configmaps', 'c')).json.data).toMatchObject({ mode: 'bad' });
  const done = await undo({ ...body, plan: planned.json['plan'] });
  expect(done.json).toMatchObject({ done: true, metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } });
  expect((await get('configmaps', 'c')).json.data).toEqual({ mode: 'good', same: '1' });
  expect(await undone(body)).toEqual([]);
});

test('a plan that is not the one that was looked at is refused', async () => {
  await create('configmaps', configMap('c', { a: '1' }));
  const to = await head();
  await admin.request('PATCH', path('configmaps', 'c'), { data: { a: '2' } }, MERGE);
  const body = { namespace, to };
  const { json } = await undo(body, '?dryRun=All');
  await remove('configmaps', 'c');
  const late = await undo({ ...body, plan: json['plan'] });
  expect(late.json).toMatchObject({ code: 409, reason: 'Conflict' });
  expect((await get('configmaps', 'c')).status).toBe(404);
});

test('a namespace goes back: what was deleted is there, what came is gone, in one commit', async () => {
  const kept = await create('configmaps', configMap('kept', { a: '1' }));
  await create('configmaps', configMap('lost', { a: '1' }, { app: 'web' }));
  await create('secrets', { metadata: { name: 's' }, data: { p: 'b2xk' } });
  const to = await head();
  await remove('configmaps', 'lost');
  await create('configmaps', configMap('new', {}));
  await admin.request('PATCH', path('secrets', 's'), { data: { p: 'bmV3' } }, MERGE);
  const answer = await undo({ namespace, to });
  expect(linesOf(answer)).toEqual([
    'delete new: delete it',
    'update s: p (hidden) → (hidden)',
    'create lost: create it again',
  ]);
  expect(answer.text).not.toMatch(/b2xk|bmV3/);
  expect((await get('secrets', 's')).json.data).toEqual({ p: 'b2xk' });
  expect((await get('configmaps', 'new')).status).toBe(404);
  expect((await get('configmaps', 'lost')).json).toMatchObject({
    data: { a: '1' },
    metadata: { labels: { app: 'web' } },
  });
  expect((await get('configmaps', 'kept')).json.metadata['uid']).toBe((kept['metadata'] as JsonObject)['uid']);
  const { items } = (await admin.request('GET', `/apis/taffrail.dev/v1/history/namespaces/${namespace}?limit=3`)).json;
  const transactions = new Set(items.map((item) => JSON.stringify(item['transaction'])));
  expect(transactions.size).toBe(1);
});

test('labels, as they were or are, select what goes back', async () => {
  await create('configmaps', configMap('a', { v: '1' }, { app: 'web' }));
  await create('configmaps', configMap('b', { v: '1' }, { app: 'db' }));
  const to = await head();
  for (const name of ['a', 'b']) await remove('configmaps', name);
  expect(await undone({ namespace, labelSelector: 'app=web', to })).toEqual(['create a: create it again']);
});

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const owner = (kind: string, { metadata }: JsonObject, controller: boolean): object => {
  const { name, uid } = metadata as JsonObject;
  return { apiVersion: kind === 'Pod' ? 'v1' : 'apps/v1', kind, name, uid, controller };
};

test('an object comes back with its dependents, which name it by its new uid; pods are left to their controller', async () => {
  const spec = { selector: { matchLabels: { a: 'b' } }, template };
  const web = await create('deployments', { metadata: { name: 'web' }, spec });
  const ownedBy = (kind: string, object: JsonObject, controller = true): object => ({
    labels: { a: 'b' },
    ownerReferences: [owner(kind, object, controller)],
  });
  const set = await create('replicasets', { metadata: { name: 'web-1', ...ownedBy('Deployment', web) }, spec });
  const pod = { metadata: { name: 'web-1-a', ...ownedBy('ReplicaSet', set) }, spec: template.spec };
  await create('pods', pod);
  await create('configmaps', { metadata: { name: 'beside', ...ownedBy('Deployment', web, false) }, data: { k: 'v' } });
  await create('configmaps', configMap('stranger', {}));
  const to = await head();
  for (const [resource, name] of [
    ['configmaps', 'stranger'],
    ['configmaps', 'beside'],
    ['pods', 'web-1-a'],
    ['replicasets', 'web-1'],
    ['deployments', 'web'],
  ] as const) {
    await remove(resource, name);
  }
  const answer = await undo({ group: 'apps', resource: 'deployments', namespace, name: 'web', to });
  expect(linesOf(answer).toSorted()).toEqual([
    'create beside: create it again',
    'create web-1: create it again',
    'create web: create it again',
  ]);
  expect(answer.json['left']).toMatchObject([
    { about: { name: 'web-1-a' }, why: 'left to ReplicaSet web-1, which controls it' },
  ]);
  const again = (await get('deployments', 'web')).json.metadata;
  expect(again['uid']).not.toBe((web['metadata'] as JsonObject)['uid']);
  for (const [resource, name] of [
    ['replicasets', 'web-1'],
    ['configmaps', 'beside'],
  ] as const) {
    const { metadata } = (await get(resource, name)).json as unknown as { metadata: { ownerReferences: JsonObject[] } };
    expect(metadata.ownerReferences).toMatchObject([{ name: 'web', uid: again['uid'] }]);
  }
});

test('a Service gets its address and port back when they are free, and new ones when not', async () => {
  const spec = { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80 }] };
  await create('services', { metadata: { name: 'a' }, spec });
  await create('services', { metadata: { name: 'b' }, spec });
  const specOf = async (name: string): Promise<JsonObject> => (await get('services', name)).json['spec'] as JsonObject;
  const [a, b] = [await specOf('a'), await specOf('b')];
  const to = await head();
  for (const name of ['a', 'b']) await remove('services', name);
  const thief = { type: 'NodePort', clusterIP: b['clusterIP'], ports: b['ports'] };
  await create('services', { metadata: { name: 'thief' }, spec: thief });
  await undone({ resource: 'services', namespace, name: 'a', to });
  await undone({ resource: 'services', namespace, name: 'b', to });
  expect(await specOf('a')).toEqual(a);
  expect((await specOf('b'))['clusterIP']).not.toBe(b['clusterIP']);
});

test('a deleted namespace is back with everything in it, in one transaction', async () => {
  await create('configmaps', configMap('c', { a: '1' }));
  await create('serviceaccounts', { metadata: { name: 'robot' } });
  await admin.request('PATCH', path('serviceaccounts', 'default'), { automountServiceAccountToken: false }, MERGE);
  const to = await head();
  await admin.request('DELETE', `/api/v1/namespaces/${namespace}`);
  for (const [resource, name] of [
    ['configmaps', 'c'],
    ['serviceaccounts', 'robot'],
    ['serviceaccounts', 'default'],
  ] as const) {
    await remove(resource, name);
  }
  const blocked = await undo({ namespace, to });
  expect(blocked.json).toMatchObject({
    code: 409,
    message: expect.stringContaining('is being deleted and not gone yet'),
  });
  const finalized = { metadata: { name: namespace }, spec: { finalizers: [] } };
  await controllers.request('PUT', `/api/v1/namespaces/${namespace}/finalize`, finalized);
  expect((await admin.request('GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
  expect(await undone({ resource: 'namespaces', name: namespace, namespace: '', to })).toEqual([
    `create ${namespace}: create it again`,
    'update default: set it back',
    'create robot: create it again',
    'create c: create it again',
  ]);
  expect((await get('configmaps', 'c')).json.data).toEqual({ a: '1' });
  expect((await get('serviceaccounts', 'default')).json['automountServiceAccountToken']).toBe(false);
});

test('a transaction is taken back field by field, and what was changed later is a conflict until it is forced', async () => {
  await create('configmaps', configMap('old', { v: '1' }));
  await create('configmaps', configMap('both', { first: '1', second: '1', third: '1' }));
  const target = (name: string): object => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  const made = await admin.request('POST', '/apis/taffrail.dev/v1/transactions', {
    items: [
      { verb: 'create', object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made', namespace } } },
      { verb: 'patch', target: target('both'), patch: { data: { first: '2', second: '2' } } },
      { verb: 'delete', target: target('old') },
    ],
  });
  const transaction = made.json.metadata['resourceVersion'];
  await admin.request('PATCH', path('configmaps', 'both'), { data: { third: '3' } }, MERGE);
  const plan = await undo({ transaction }, '?dryRun=All');
  expect(linesOf(plan).toSorted()).toEqual([
    'create old: create it again',
    'delete made: delete it',
    'update both: first 2 → 1, second 2 → 1',
  ]);
  await admin.request('PATCH', path('configmaps', 'both'), { data: { second: 'mine' } }, MERGE);
  const refused = await undo({ transaction });
  expect(refused.json).toMatchObject({
    code: 409,
    message: 'nothing was changed: ConfigMap both: data.second was changed later',
  });
  expect((await get('configmaps', 'made')).status).toBe(200);
  expect(await undone({ transaction, force: true })).toHaveLength(3);
  expect((await get('configmaps', 'both')).json.data).toEqual({ first: '1', second: '1', third: '3' });
  expect((await get('configmaps', 'made')).status).toBe(404);
  expect((await get('configmaps', 'old')).json.data).toEqual({ v: '1' });
});

test('an address of a Service is left to it, when its creation or its deletion is taken back', async () => {
  const made = await create('services', { metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } });
  const { clusterIP } = made['spec'] as { readonly clusterIP: string };
  const { resourceVersion } = made['metadata'] as { readonly resourceVersion: string };
  const address = async (): Promise<number> =>
    (await admin.request('GET', `/apis/networking.k8s.io/v1/ipaddresses/${clusterIP}`)).status;
  expect(await undone({ transaction: resourceVersion })).toEqual(['delete web: delete it']);
  expect(await address()).toBe(404);
  expect(await undone({ resource: 'services', namespace, name: 'web', to: resourceVersion })).toEqual([
    'create web: create it again',
  ]);
  expect((await get('services', 'web')).json['spec']).toMatchObject({ clusterIP });
  expect(await address()).toBe(200);
});

test('whoever may not write an object does not undo it, and a plan shows nobody what he may not read', async () => {
  await create('configmaps', configMap('c', { a: '1' }));
  const to = await head();
  await remove('configmaps', 'c');
  const denied = await undo({ resource: 'configmaps', namespace, name: 'c', to }, '', scheduler);
  expect(denied.json).toMatchObject({ code: 403, message: expect.stringContaining('cannot create') });
  const unread = { group: 'rbac.authorization.k8s.io', resource: 'roles', namespace, name: 'r', to };
  expect((await undo(unread, '?dryRun=All', scheduler)).json).toMatchObject({ code: 403 });
  expect((await get('configmaps', 'c')).status).toBe(404);
});

test('what cannot be written any more is told by the plan already', async () => {
  await create('pods', { metadata: { name: 'p' }, spec: template.spec });
  const to = await head();
  await remove('pods', 'p');
  await create('pods', { metadata: { name: 'p' }, spec: { ...template.spec, hostname: 'other' } });
  const plan = await undo({ resource: 'pods', namespace, name: 'p', to }, '?dryRun=All');
  expect(plan.json).toMatchObject({ done: false, refusal: { reason: 'Invalid' } });
});

test.each<[object, string]>([
  [{}, 'to is required'],
  [{ to: '1024' }, 'say what is to be undone'],
  [{ name: 'a', to: '1024' }, 'a name needs a resource'],
  [{ namespace: 'a', to: 'soon' }, 'is no moment'],
  [{ namespace: 'a', to: '99999999999' }, 'lies in the future'],
  [{ transaction: 'x' }, 'transaction is not a revision'],
  [{ transaction: '5', to: '4' }, 'has no place beside it'],
  [{ namespace: 'a', to: '1024', forces: true }, 'no field "forces"'],
  [{ namespace: 'a', to: '1024', force: 'yes' }, 'force is true or false'],
])('%j is refused with its reason', async (body, message) => {
  const answer = await undo(body);
  expect(answer.json.message).toContain(message);
  expect(answer.status).toBe(400);
});

test('what never was is not found', async () => {
  const answer = await undo({ resource: 'configmaps', namespace, name: 'never', to: await head() });
  expect(answer.json).toMatchObject({ code: 404 });
});
