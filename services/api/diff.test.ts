import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
let from = '';
let middle = '';
beforeAll(async () => {
  server = await memoryServer();
  const ca = server.pki.tls.clientAuthority;
  admin = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
  scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
  const shop = '/api/v1/namespaces/shop';
  const head = async () => (await admin.request('GET', '/api/v1/namespaces')).json.metadata['resourceVersion'] ?? '';
  const merge = { 'content-type': 'application/merge-patch+json' };
  await admin.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  for (const name of ['a', 'b', 'c']) {
    await admin.request('POST', `${shop}/configmaps`, { metadata: { name }, data: { v: '1' } });
  }
  await admin.request('POST', `${shop}/secrets`, { metadata: { name: 's' }, data: { p: 'b2xk', q: 'c2FtZQ==' } });
  from = await head();
  await admin.request('PATCH', `${shop}/configmaps/a`, { data: { v: '2' } }, merge);
  await admin.request('DELETE', `${shop}/configmaps/b`);
  await admin.request('PATCH', `${shop}/secrets/s`, { data: { p: 'bmV3' } }, merge);
  middle = await head();
  await admin.request('POST', `${shop}/configmaps?fieldManager=me`, { metadata: { name: 'd' }, data: { k: 'v' } });
  await admin.request('PATCH', `${shop}/configmaps/a`, { data: { v: '1' } }, merge);
});
afterAll(async () => {
  for (const client of [admin, scheduler]) client.close();
  await server[Symbol.asyncDispose]();
});

const diff = async (path: string, client = admin): Promise<KubeAnswer> =>
  await client.request('GET', `/apis/taffrail.dev/v1/diff${path}`);
const named = ({ json, text }: KubeAnswer): readonly string[] => {
  expect(json.kind, text).toBe('Diff');
  return json.items.map((item) => (item['about'] as { name: string }).name);
};

test('a namespace differs by what changed, came and went, and not by what was put back', async () => {
  expect(named(await diff(`/namespaces/shop?from=${from}&to=${middle}`))).toEqual(['a', 'b', 's']);
  const now = await diff(`/namespaces/shop?from=${from}`);
  expect(named(now)).toEqual(['b', 'd', 's']);
  const [b, d] = now.json.items;
  expect(b).toMatchObject({ from: { data: { v: '1' } }, fromRevision: expect.any(String) });
  expect(b).not.toHaveProperty('to');
  expect(d).toMatchObject({ to: { metadata: { name: 'd' } } });
  expect(d).not.toHaveProperty('from');
});

test('one object and one kind can be compared', async () => {
  const object = await diff(`/core/configmaps/namespaces/shop/a?from=${from}&to=${middle}`);
  expect(object.json.items).toMatchObject([{ changes: [{ path: 'data.v', from: '1', to: '2' }] }]);
  expect(named(await diff(`/core/configmaps?from=${from}&to=${middle}`))).toEqual(['a', 'b']);
  expect(named(await diff(`/core/configmaps/namespaces/shop/c?from=${from}`))).toEqual([]);
});

test("a Secret's values are told apart and never shown", async () => {
  const { json, text } = await diff(`/core/secrets/namespaces/shop/s?from=${from}`);
  expect(json.items).toMatchObject([
    { from: { data: { p: '(hidden)', q: '(hidden)' } }, to: { data: { p: '(hidden, changed)', q: '(hidden)' } } },
  ]);
  expect(text).not.toMatch(/b2xk|bmV3|c2FtZQ/);
});

test('bookkeeping shows when it is asked for', async () => {
  const plain = await diff(`/core/configmaps/namespaces/shop/d?from=${from}`);
  expect(plain.text).not.toContain('managedFields');
  const whole = await diff(`/core/configmaps/namespaces/shop/d?from=${from}&bookkeeping=true`);
  expect(whole.text).toContain('managedFields');
});

test('pages lead to the whole', async () => {
  const first = await diff(`/namespaces/shop?from=${from}&limit=2`);
  const { continue: token = '', to = '' } = first.json.metadata;
  const second = await diff(`/namespaces/shop?from=${from}&to=${to}&limit=2&continue=${token}`);
  expect([...named(first), ...named(second)]).toEqual(['b', 'd', 's']);
});

test('nobody compares what he may not read', async () => {
  expect((await diff(`/rbac.authorization.k8s.io/roles?from=${from}`, scheduler)).status).toBe(403);
  expect(named(await diff(`/namespaces/shop?from=${from}`, scheduler))).toEqual(['b', 'd', 's']);
});

test.each([
  ['/namespaces/shop', 'from is required'],
  ['/namespaces/shop?from=x', 'is no moment'],
  ['/namespaces/shop?from=2048&to=1024', 'to lies before from'],
  ['/namespaces/shop?from=99999999999999', 'lies in the future'],
  ['/core/events?from=1024', 'not kept for ever'],
  ['/namespaces/shop?from=1024&continue=x', 'no token'],
])('%s is a 400 with its reason', async (path, message) => {
  const { status, json } = await diff(path);
  expect(json.message).toContain(message);
  expect(status).toBe(400);
});
