import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allResources } from '@taffrail/resources/registry';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let client: KubeClient;
beforeAll(async () => {
  server = await memoryServer();
  client = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
});
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

const RUNS = { numRuns: 300 };

/** The answer blames the client, not the server, and says nothing of the server's inside. */
function expectOrderly(answer: KubeAnswer): void {
  expect(answer.text).not.toMatch(/\n\s+at |node:internal|\.ts:\d|\.js:\d|TypeError|RangeError/);
  if (answer.status < 500 || answer.status === 504) return;
  // An unreadable resourceVersion is a bare 500 in Kubernetes.
  expect(answer.json).toMatchObject({ code: 500, message: expect.stringMatching(/resourceVersion/i) });
  expect(answer.json.reason).toBeUndefined();
}

/** URL text that the client library lets through. */
const segment = fc.oneof(
  fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'pods', 'configmaps', 'watch', 'log', 'scale'),
  fc.string({ maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('%', '%zz', '%00', '%2F', '..', '.', '', '%ff', 'a'.repeat(300)),
);
const path = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`);

const OPTIONS = [
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'labelSelector',
  'fieldSelector',
  'dryRun',
  'fieldValidation',
  'fieldManager',
  'propagationPolicy',
  'gracePeriodSeconds',
  'pretty',
  'includeObject',
  'container',
  'tailLines',
];
const query = fc
  .array(fc.tuple(fc.constantFrom(...OPTIONS), fc.string({ unit: 'binary', maxLength: 12 })), { maxLength: 4 })
  .map((pairs) =>
    new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value.toWellFormed()])).toString(),
  );

const collections = allResources()
  .filter(({ storage }) => storage === 'forever')
  .map(({ group, version, resource, namespaced }) => {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return namespaced ? `${root}/namespaces/default/${resource}` : `${root}/${resource}`;
  });
const collection = fc.constantFrom(...collections);

const mediaType = fc.constantFrom(
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  ';;',
);

test('random paths and queries are answered in order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'),
      path,
      query,
      async (method, at, asked) => {
        if (at.includes('watch') || asked.includes('watch')) return;
        expectOrderly(await client.request(method, `${at}?${asked}`));
      },
    ),
    RUNS,
  );
});

test('random options of a list are answered in order', async () => {
  await fc.assert(
    fc.asyncProperty(collection, query, async (at, asked) => {
      expectOrderly(await client.request('GET', `${at}?${asked}`));
    }),
    RUNS,
  );
});

test('random bytes as bodies are refused, whatever they claim to be', async () => {
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
    fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
    fc.string({ unit: 'binary', maxLength: 100 }).map((text) => Buffer.from(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE'),
      collection,
      mediaType,
      body,
      async (method, at, type, bytes) => {
        const target = method === 'POST' ? at : `${at}/kubernetes`;
        expectOrderly(await client.request(method, target, bytes, { 'content-type': type }));
      },
    ),
    RUNS,
  );
});

test('objects of random shape are refused or kept, never half understood', async () => {
  const object = fc.record({
    metadata: fc.record(
      {
        name: fc.oneof(fc.constantFrom('a', 'b', 'kubernetes'), fc.anything()),
        labels: fc.anything(),
        annotations: fc.anything(),
        finalizers: fc.anything(),
        ownerReferences: fc.anything(),
        resourceVersion: fc.anything(),
      },
      { requiredKeys: ['name'] },
    ),
    spec: fc.oneof(fc.object({ maxDepth: 3 }), fc.anything()),
    status: fc.anything(),
    data: fc.anything(),
  });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('POST', 'PUT', 'PATCH'), collection, object, async (method, at, value) => {
      const target = method === 'POST' ? at : `${at}/a`;
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const body = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? Number(part) : part));
      expectOrderly(await client.request(method, target, body, { 'content-type': type }));
    }),
    RUNS,
  );
});

test('random patches of a real object leave it readable', async () => {
  const deployment = {
    metadata: { name: 'patched' },
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
  const at = '/apis/apps/v1/namespaces/default/deployments';
  expect((await client.request('POST', at, deployment)).status).toBe(201);
  const pointer = fc.constantFrom(
    '',
    '/spec',
    '/spec/replicas',
    '/spec/template/spec/containers/0',
    '/metadata/-',
    '/a~2',
  );
  const operations = fc.array(
    fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
      path: pointer,
      from: pointer,
      value: fc.jsonValue(),
    }),
    { maxLength: 3 },
  );
  const strategic = fc.record({
    spec: fc.oneof(
      fc.jsonValue(),
      fc.record({ template: fc.record({ spec: fc.record({ containers: fc.jsonValue(), $patch: fc.jsonValue() }) }) }),
    ),
    $setElementOrder: fc.jsonValue(),
  });
  const patch = fc.oneof(
    operations.map((value) => ({ type: 'application/json-patch+json', value: value as unknown })),
    strategic.map((value) => ({ type: 'application/strategic-merge-patch+json', value: value as unknown })),
    fc.jsonValue().map((value) => ({ type: 'application/merge-patch+json', value: value as unknown })),
  );
  await fc.assert(
    fc.asyncProperty(patch, async ({ type, value }) => {
      expectOrderly(await client.request('PATCH', `${at}/patched`, JSON.stringify(value), { 'content-type': type }));
    }),
    RUNS,
  );
  expect((await client.request('GET', `${at}/patched`)).json).toMatchObject({ kind: 'Deployment' });
});

test('nesting without end is refused', async () => {
  for (const text of ['['.repeat(500_000), '{"a":'.repeat(300_000), `${'['.repeat(200_000)}${']'.repeat(200_000)}`]) {
    expectOrderly(await client.request('POST', '/api/v1/namespaces/default/configmaps', text));
  }
});
