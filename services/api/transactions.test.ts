import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const PATH = '/apis/taffrail.dev/v1/transactions';

let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
beforeAll(async () => {
  server = await memoryServer();
  const ca = server.pki.tls.clientAuthority;
  admin = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
  scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
});
afterAll(async () => {
  for (const client of [admin, scheduler]) client.close();
  await server[Symbol.asyncDispose]();
});

const transact = async (items: unknown, query = '?namespace=default', client = admin): Promise<KubeAnswer> =>
  await client.request('POST', PATH + query, { items });
const configMap = (name: string, value = 'v'): Record<string, unknown> => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data: { k: value },
});
const target = (name: string, kind = 'ConfigMap', apiVersion = 'v1'): Record<string, string> => ({
  apiVersion,
  kind,
  namespace: 'default',
  name,
});
const status = async (name: string): Promise<number> =>
  (await admin.request('GET', `/api/v1/namespaces/default/configmaps/${name}`)).status;

test('every verb works in one transaction, over kinds of several groups, and the answer names each result', async () => {
  await transact([{ verb: 'create', object: configMap('to-patch') }]);
  await transact([{ verb: 'create', object: configMap('to-delete') }]);
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  };
  const answer = await transact([
    { verb: 'create', object: configMap('made'), preconditions: { exists: false } },
    { verb: 'apply', object: deployment },
    { verb: 'patch', target: target('to-patch'), patch: { data: { more: '1' } } },
    {
      verb: 'patch',
      target: target('web', 'Deployment', 'apps/v1'),
      subresource: 'scale',
      patch: { spec: { replicas: 3 } },
    },
    { verb: 'delete', target: target('to-delete'), options: { propagationPolicy: 'Background' } },
  ]);
  expect(answer.text).toContain('"kind":"Transaction"');
  expect(answer.status).toBe(200);
  expect(answer.json.items.map((item) => item['result'])).toEqual([
    'created',
    'created',
    'configured',
    'configured',
    'deleted',
  ]);
  const list = await admin.request('GET', '/api/v1/namespaces/default/configmaps');
  expect(list.json.metadata['resourceVersion']).toBe(answer.json.metadata['resourceVersion']);
  expect(await status('to-delete')).toBe(404);
  const web = await admin.request('GET', '/apis/apps/v1/namespaces/default/deployments/web');
  expect(web.json['spec']).toMatchObject({ replicas: 3 });
});

test('a refused item refuses all, as a Status with a cause for each', async () => {
  const answer = await transact([
    { verb: 'create', object: configMap('never') },
    { verb: 'delete', target: target('missing') },
  ]);
  expect(answer.json).toMatchObject({ kind: 'Status', code: 404, reason: 'NotFound' });
  expect(answer.json['details']).toMatchObject({
    causes: [{ field: 'items[1]', message: 'ConfigMap default/missing: configmaps "missing" not found' }],
  });
  expect(await status('never')).toBe(404);
});

test('a dry run changes nothing', async () => {
  const answer = await transact([{ verb: 'create', object: configMap('dry') }], '?namespace=default&dryRun=All');
  expect(answer.json.items.map((item) => item['result'])).toEqual(['created']);
  expect(await status('dry')).toBe(404);
});

test('each item needs the right of the request it would be alone, whoever may ask', async () => {
  const binding = { metadata: { name: 'p' }, target: { name: 'n' } };
  const denied = await transact([{ verb: 'create', object: configMap('x') }], '?namespace=default', scheduler);
  expect(denied.json).toMatchObject({ code: 403, reason: 'Forbidden' });
  expect(denied.json.message).toContain(
    'items[0]: configmaps is forbidden: User "system:kube-scheduler" cannot create',
  );
  const allowed = await transact(
    [{ verb: 'patch', target: target('p', 'Pod'), subresource: 'status', patch: binding }],
    '',
    scheduler,
  );
  expect(allowed.json.code).toBe(404);
  expect((await admin.request('GET', PATH)).status).toBe(405);
});

test('unknown fields warn, and are refused when the request is strict', async () => {
  const object = { ...configMap('warned'), dtaa: {} };
  const answer = await transact([{ verb: 'apply', object }]);
  expect(answer.headers['warning']).toContain('unknown field');
  const strict = await transact([{ verb: 'apply', object }], '?namespace=default&fieldValidation=Strict');
  expect(strict.json.message).toContain('items[0]: ');
  expect(strict.status).toBe(400);
});

test.each<[string, unknown, string]>([
  ['no list', {}, 'a transaction has a list of items'],
  ['nothing', [], 'at least one item'],
  ['no object', [1], 'items[0]: is no object'],
  ['an unknown verb', [{ verb: 'get' }], 'items[0]: verb is to be one of'],
  ['an unknown field', [{ verb: 'create', objetc: {} }], 'has no field "objetc"'],
  ['an unknown kind', [{ verb: 'apply', object: { ...configMap('a'), kind: 'Nope' } }], 'no kind "Nope"'],
  ['no name', [{ verb: 'apply', object: { ...configMap('a'), metadata: {} } }], 'a name is required'],
  ['a subresource of its own', [{ verb: 'create', subresource: 'log', object: configMap('a') }], 'no subresource'],
  ['a wrong patch', [{ verb: 'patch', target: target('a'), patch: 'x' }], 'patch is no such patch'],
  ['an unknown precondition', [{ verb: 'delete', target: target('a'), preconditions: { age: 1 } }], '"age"'],
  [
    'a Lease',
    [{ verb: 'create', object: { ...configMap('a'), apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' } }],
    'not kept for ever',
  ],
])('a body with %s is refused with its place', async (_what, items, message) => {
  const answer = await transact(items);
  expect(answer.json.message).toContain(message);
  expect(answer.status).toBe(400);
});

test('a transaction that no commit can hold is a 413, before anything is written', async () => {
  const before = await admin.request('GET', '/api/v1/namespaces/default/configmaps?limit=1');
  const items = Array.from({ length: 1025 }, (_, index) => ({ verb: 'create', object: configMap(`c-${index}`) }));
  expect((await transact(items)).status).toBe(413);
  const large = 'x'.repeat(1_048_000);
  const bytes = Array.from({ length: 7 }, (_, index) => ({ verb: 'create', object: configMap(`l-${index}`, large) }));
  expect((await transact(bytes)).status).toBe(413);
  const beyond = Array.from({ length: 9 }, (_, index) => ({ verb: 'create', object: configMap(`m-${index}`, large) }));
  expect((await transact(beyond)).status).toBe(413);
  const after = await admin.request('GET', '/api/v1/namespaces/default/configmaps?limit=1');
  expect(after.json.metadata['resourceVersion']).toBe(before.json.metadata['resourceVersion']);
});
