import { afterEach, beforeEach, expect, test } from 'vitest';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const PURGES = '/apis/taffrail.dev/v1/purges';
const VALUE = Buffer.from('planted-value').toString('base64');

let server: MemoryServer;
let admin: KubeClient;
beforeEach(async () => {
  server = await memoryServer();
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
});
afterEach(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

const secret = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, ...more },
  data: { password: VALUE },
});
const order = (name: string, resource = 'secrets'): object => ({
  kind: 'Purge',
  apiVersion: 'taffrail.dev/v1',
  spec: { group: '', resource, namespace: 'default', name },
});
const purge = async (name: string, query = ''): Promise<KubeAnswer> =>
  await admin.request('POST', PURGES + query, order(name));
const history = async (name: string): Promise<KubeAnswer> =>
  await admin.request('GET', `/apis/taffrail.dev/v1/history/core/secrets/namespaces/default/${name}`);

test('a live Secret goes with all its earlier incarnations, and its past reads as purged', async () => {
  await admin.request('POST', SECRETS, secret('db'));
  const before = (await admin.request('GET', SECRETS)).json;
  await admin.request('DELETE', `${SECRETS}/db`);
  await admin.request('POST', SECRETS, secret('db'));
  expect((await history('db')).text.split(VALUE)).toHaveLength(4);

  const planned = await purge('db', '?dryRun=All');
  expect(planned.json).toMatchObject({ status: { revisions: 3, incarnations: 2, erased: false } });
  expect((await admin.request('GET', `${SECRETS}/db`)).status).toBe(200);

  const answer = await purge('db');
  expect(answer).toMatchObject({ status: 201 });
  expect(answer.json).toMatchObject({
    kind: 'Purge',
    spec: { resource: 'secrets', name: 'db', uids: [expect.any(String), expect.any(String)] },
    status: { revisions: 3, incarnations: 2, erased: true },
  });
  expect((await admin.request('GET', `${SECRETS}/db`)).status).toBe(404);
  const past = await history('db');
  expect(past.text).not.toContain(VALUE);
  const { items } = past.json as unknown as {
    items: readonly { verb: string; object: object; cause: { revision?: string } }[];
  };
  expect(items.map(({ verb }) => verb)).toEqual(['deleted', 'created', 'deleted', 'created']);
  for (const { object } of items) {
    expect(object).toMatchObject({ metadata: { name: 'db', annotations: { 'taffrail.dev/unreadable': 'purged' } } });
  }
  const made = answer.json as unknown as { readonly metadata: { readonly resourceVersion: string } };
  expect(items[0]?.cause.revision, 'the deletion names the purge').toBe(made.metadata.resourceVersion);
  const { resourceVersion } = (before as unknown as { metadata: { resourceVersion: string } }).metadata;
  const then = await admin.request('GET', `${SECRETS}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`);
  expect(then.status).toBe(200);
  expect(then.text).toContain('"purged"');
  expect(then.text).not.toContain(VALUE);
});

test('a Secret that is gone already is purged, and its name is free for another', async () => {
  await admin.request('POST', SECRETS, secret('gone'));
  await admin.request('DELETE', `${SECRETS}/gone`);
  expect((await purge('gone')).json).toMatchObject({ status: { revisions: 2, incarnations: 1, erased: true } });
  expect((await admin.request('POST', SECRETS, secret('gone'))).status).toBe(201);
  expect((await admin.request('GET', `${SECRETS}/gone`)).text).toContain(VALUE);
});

test('a watch that resumes before a purge is not told what was purged', async () => {
  const { json } = await admin.request('GET', SECRETS);
  const { resourceVersion } = (json as unknown as { metadata: { resourceVersion: string } }).metadata;
  await admin.request('POST', SECRETS, secret('db'));
  await purge('db');
  const watched = await admin.request('GET', `${SECRETS}?watch=1&timeoutSeconds=1&resourceVersion=${resourceVersion}`);
  expect(watched.text).toContain('"type":"ADDED"');
  expect(watched.text).toContain('"purged"');
  expect(watched.text).not.toContain(VALUE);
});

test('what cannot be erased is refused with how much of it stands there in clear', async () => {
  const configMaps = '/api/v1/namespaces/default/configmaps';
  await admin.request('POST', configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } });
  const refused = await admin.request('POST', PURGES, order('plain', 'configmaps'));
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('1 of its 1 revisions stand in the log unencrypted');
  expect((await admin.request('GET', `${configMaps}/plain`)).status).toBe(200);
  expect((await purge('never')).status).toBe(404);
  expect((await admin.request('POST', PURGES, order('x', 'nothings'))).status).toBe(422);
  expect((await admin.request('POST', PURGES, { kind: 'Purge' })).status).toBe(400);
});

test('a finalizer holds a purge up, and says so', async () => {
  await admin.request('POST', SECRETS, secret('held', { finalizers: ['example.com/hold'] }));
  const refused = await purge('held');
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('finalizers example.com/hold hold it: delete it first');
  expect((await admin.request('GET', `${SECRETS}/held`)).text).toContain(VALUE);
});

test('purges are listed, and neither changed, deleted, nor smuggled into a transaction', async () => {
  await admin.request('POST', SECRETS, secret('db'));
  const { json } = await purge('db');
  const { name } = (json as unknown as { metadata: { name: string } }).metadata;
  expect((await admin.request('GET', PURGES)).json).toMatchObject({
    kind: 'PurgeList',
    items: [{ spec: { name: 'db' } }],
  });
  for (const method of ['DELETE', 'PUT', 'PATCH']) {
    expect((await admin.request(method, `${PURGES}/${name}`, order('db'))).status, method).toBe(405);
  }
  const items = [{ verb: 'create', object: order('other') }];
  const smuggled = await admin.request('POST', '/apis/taffrail.dev/v1/transactions?namespace=default', { items });
  expect(smuggled.status).toBe(400);
});

test('whoever may not delete the object may not purge it', async () => {
  await admin.request('POST', SECRETS, secret('db'));
  const ca = server.pki.tls.clientAuthority;
  const scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
  expect((await scheduler.request('POST', PURGES, order('db'))).status).toBe(403);
  scheduler.close();
});

test('a past moment and an undo do not bring back what was purged', async () => {
  const created = await admin.request('POST', SECRETS, secret('db'));
  const { resourceVersion } = (created.json as unknown as { metadata: { resourceVersion: string } }).metadata;
  const then = `/at/${resourceVersion}${SECRETS}`;
  for (const path of [`${then}/db`, then]) expect((await admin.request('GET', path)).text, path).toContain(VALUE);
  await purge('db');
  for (const path of [`${then}/db`, then, `${then}?watch=1&speed=max&until=now&timeoutSeconds=1`]) {
    const { text } = await admin.request('GET', path);
    expect(text, path).not.toContain(VALUE);
  }
  expect((await admin.request('GET', `${then}/db`)).text).toContain('purged');
  const undo = { group: '', resource: 'secrets', namespace: 'default', name: 'db', to: resourceVersion, force: true };
  const refused = await admin.request('POST', '/apis/taffrail.dev/v1/undo', undo);
  expect(refused.status).toBe(409);
  expect(refused.text).toContain('what it was has been purged');
  expect((await admin.request('GET', `${SECRETS}/db`)).status).toBe(404);
});
