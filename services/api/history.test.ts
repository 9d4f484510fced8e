import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChangeEntry } from '@taffrail/history/change-entry';
import { kubeClient, type KubeAnswer, type KubeBody, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const HISTORY = '/apis/taffrail.dev/v1/history';
const SHOP = '/api/v1/namespaces/shop';

let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
beforeAll(async () => {
  server = await memoryServer();
  const ca = server.pki.tls.clientAuthority;
  admin = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
  scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
  await admin.request('POST', '/api/v1/namespaces', namespace);
  const configMap = (name: string, app: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, labels: { app } },
    data: { mode: 'one', other: 'x' },
  });
  await admin.request('POST', `${SHOP}/configmaps`, configMap('a', 'web'));
  await admin.request('POST', `${SHOP}/configmaps`, configMap('b', 'db'));
  await patch('configmaps/a', { data: { mode: 'two' } });
  await patch('configmaps/a', { data: { other: 'y' } });
  await patch('configmaps/b', { metadata: { labels: { app: 'web' } } });
  await admin.request('DELETE', `${SHOP}/configmaps/a`);
  await admin.request('POST', `${SHOP}/configmaps`, configMap('a', 'web'));
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: 'b2xk' } };
  await admin.request('POST', `${SHOP}/secrets`, secret);
  await patch('secrets/s', { data: { password: 'bmV3' } });
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules: [] };
  await admin.request('POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/shop/roles', role);
});
afterAll(async () => {
  for (const client of [admin, scheduler]) client.close();
  await server[Symbol.asyncDispose]();
});

const patch = async (place: string, body: object): Promise<KubeAnswer> =>
  await admin.request('PATCH', `${SHOP}/${place}`, body, { 'content-type': 'application/merge-patch+json' });
const read = async (path: string, client = admin): Promise<KubeAnswer> => await client.request('GET', HISTORY + path);
const entries = ({ items }: KubeBody): readonly ChangeEntry[] => items as unknown as readonly ChangeEntry[];
/** `name: what` of each item, newest first. */
const told = async (path: string): Promise<readonly string[]> => {
  const { json, status, text } = await read(path);
  expect(status, text).toBe(200);
  return entries(json).map(({ about, summary }) => `${about.name}: ${summary.replace(/ by .*/, '')}`);
};

test("a namespace's history is of all its kinds, newest first", async () => {
  expect((await told('/namespaces/shop')).slice(0, 8)).toEqual([
    'r: created',
    's: password (hidden) → (hidden)',
    's: created',
    'a: created',
    'a: deleted',
    'b: labels.app db → web',
    'a: other x → y',
    'a: mode one → two',
  ]);
  expect((await told('/namespaces/shop')).at(-1)).toBe('shop: created');
});

test('a kind, a user, a label, a field and a time range select', async () => {
  expect(await told('/core/configmaps?limit=2')).toEqual(['a: created', 'a: deleted']);
  expect(await told('/core/configmaps/namespaces/nowhere')).toEqual([]);
  expect(await told('?user=nobody')).toEqual([]);
  expect(await told('/namespaces/shop?field=data.mode')).toEqual([
    'a: created',
    'a: deleted',
    'a: mode one → two',
    'b: created',
    'a: created',
  ]);
  expect(await told('/core/configmaps/namespaces/shop?labelSelector=app%3Ddb')).toEqual([
    'b: labels.app db → web',
    'b: created',
  ]);
  const [, third, , first] = entries((await read('/core/configmaps/namespaces/shop')).json);
  expect(await told(`/core/configmaps/namespaces/shop?since=${first?.revision}&until=${third?.revision}`)).toEqual([
    'a: deleted',
    'b: labels.app db → web',
    'a: other x → y',
  ]);
  expect(await told('/namespaces/shop?until=2020-01-01T00:00:00Z')).toEqual([]);
  expect(await told(`/namespaces/shop?since=${encodeURIComponent('2999-01-01T00:00:00+01:00')}`)).toEqual([]);
});

test('one life of an object is selected by its uid, and without it all its lives are there', async () => {
  const place = '/core/configmaps/namespaces/shop/a?view=changes';
  expect(await told(place)).toHaveLength(5);
  const [newest] = entries((await read(place)).json);
  expect(await told(`${place}&uid=${newest?.uid}`)).toEqual(['a: created']);
});

test('pages lead to the whole, and a stream tells it as lines', async () => {
  const whole = await told('/namespaces/shop');
  const paged: string[] = [];
  let before = '';
  do {
    const page = await read(`/namespaces/shop?limit=3${before}`);
    paged.push(...entries(page.json).map(({ revision }) => revision));
    const next = page.json.metadata['before'];
    before = next === undefined ? '' : `&before=${next}`;
  } while (before !== '');
  expect(new Set(paged).size).toBe(whole.length);
  const { text, headers } = await read('/namespaces/shop?stream=true');
  expect(headers['content-type']).toBe('application/x-ndjson');
  const lines = text.trimEnd().split('\n');
  expect(lines.map((line) => (JSON.parse(line) as { revision: string }).revision)).toEqual(paged);
});

test('a diff shows the states around each change, of a Secret without its values', async () => {
  const [last, first] = (await read('/core/secrets/namespaces/shop/s?view=diff')).json.items;
  expect(last).toMatchObject({
    from: { data: { password: '(hidden)' } },
    to: { data: { password: '(hidden, changed)' } },
  });
  expect(first).not.toHaveProperty('from');
  const { text } = await read('/namespaces/shop?view=diff');
  expect(text).not.toMatch(/b2xk|bmV3/);
});

test('who may list is shown, of a namespace only what he may list', async () => {
  const roles = '/rbac.authorization.k8s.io/roles/namespaces/shop';
  expect((await read('/namespaces/shop')).text).toContain('"resource":"roles"');
  expect((await read(roles, scheduler)).json).toMatchObject({
    code: 403,
    reason: 'Forbidden',
  });
  const { text, status } = await read('/namespaces/shop', scheduler);
  expect(status).toBe(200);
  expect(text).toContain('"name":"a"');
  expect(text).not.toContain('"resource":"roles"');
  const node = kubeClient(server.url, { ca: server.pki.tls.clientAuthority });
  expect((await read('/namespaces/shop', node)).status).toBe(401);
  node.close();
});

test.each([
  ['/namespaces/shop?limit=x', 400],
  ['/namespaces/shop?since=yesterday', 400],
  ['/namespaces/shop?field=[', 400],
  ['/namespaces/shop?view=everything', 400],
  ['/namespaces/shop?labelSelector=%3D%3D', 400],
  ['/coordination.k8s.io/leases', 400],
  ['/core', 404],
  ['/core/configmaps/namespaces/shop/a/b', 404],
])('%s is a %i', async (path, code) => {
  const { json, status } = await read(path);
  expect(json).toMatchObject({ kind: 'Status', code });
  expect(status).toBe(code);
});
