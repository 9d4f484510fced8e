import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const MAPS = '/api/v1/namespaces/shop/configmaps';
const OWN = '/apis/taffrail.dev/v1';
const OBJECT = '/core/configmaps/namespaces/shop/a';

let server: MemoryServer;
let admin: KubeClient;
let created = '';

beforeAll(async () => {
  server = await memoryServer({ encrypts: ({ group, resource }) => group === '' && resource === 'configmaps' });
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  await admin.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const { json } = await admin.request('POST', MAPS, {
    metadata: { name: 'a', labels: { l: 'one' } },
    data: { k: 'old-value' },
  });
  created = json.metadata['resourceVersion'] ?? '';
  const { status } = await admin.request(
    'PATCH',
    `${MAPS}/a`,
    { metadata: { labels: { l: 'two' } }, data: { k: 'new-value' } },
    { 'content-type': 'application/merge-patch+json' },
  );
  expect(status).toBe(200);
});
afterAll(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

test.each<[what: string, path: () => string]>([
  ['history', () => `/history${OBJECT}?view=changes`],
  ['history with states', () => `/history${OBJECT}?view=diff`],
  ['history of the namespace', () => '/history/namespaces/shop?view=diff'],
  ['why', () => `/why${OBJECT}`],
  ['what came of it', () => `/why${OBJECT}?forward=true`],
  ['diff', () => `/diff${OBJECT}?from=${created}`],
  ['diff with bookkeeping', () => `/diff${OBJECT}?from=${created}&bookkeeping=true`],
])('%s of an encrypted resource shows no value of it', async (_what, path) => {
  const { status, text } = await admin.request('GET', `${OWN}${path()}`);
  expect(status).toBe(200);
  expect(text).toContain('(hidden');
  expect(text).not.toMatch(/old-value|new-value/);
});

test('labels, which are not encrypted, are shown, and the object itself is to whoever may read it', async () => {
  const { json } = await admin.request('GET', `${OWN}/history${OBJECT}?view=changes`);
  expect(json.items[0]?.['changes']).toContainEqual({ path: 'metadata.labels.l', from: 'one', to: 'two' });
  expect((await admin.request('GET', `${OWN}/history${OBJECT}?view=objects`)).text).toContain('new-value');
});

test('the plan of an undo says what goes back and not to what', async () => {
  const asked = { group: '', resource: 'configmaps', namespace: 'shop', name: 'a', to: created };
  const { status, text } = await admin.request('POST', `${OWN}/undo?dryRun=All`, asked);
  expect(status).toBe(200);
  expect(text).toContain('(hidden');
  expect(text).not.toMatch(/old-value|new-value/);
});
