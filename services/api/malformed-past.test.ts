import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let client: KubeClient;
beforeAll(async () => {
  server = await memoryServer();
  client = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  await client.request('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'a' }, data: { k: 'v' } });
});
afterAll(async () => {
  client.close();
  await server[Symbol.asyncDispose]();
});

/** Text with the marks that moments, paths of fields, selectors and numbers are made of. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((one) => one.toWellFormed()),
  fc.string({ unit: fc.constantFrom('a', '1', '.', '[', ']', "'", '*', '{', '}', '=', ',', '\\', ' '), maxLength: 12 }),
  fc.constantFrom(
    '1024',
    '2048',
    '0',
    '-1',
    '9007199254740993',
    '2020-01-01T00:00:00Z',
    '2999-01-01T00:00:00Z',
    'true',
    '',
  ),
);
const OPTIONS = ['limit', 'before', 'since', 'until', 'user', 'uid', 'field', 'labelSelector', 'view', 'stream'];
const MORE = ['at', 'depth', 'width', 'forward', 'from', 'to', 'continue', 'bookkeeping', 'dryRun', 'fieldManager'];
const query = fc
  .array(fc.tuple(fc.constantFrom(...OPTIONS, ...MORE), text), { maxLength: 4 })
  .map((pairs) => new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString());
const place = fc
  .array(
    fc.oneof(
      fc.constantFrom('core', 'apps', 'namespaces', 'default', 'configmaps', 'a', 'events', 'leases'),
      text.map((one) => encodeURIComponent(one)),
    ),
    { maxLength: 6 },
  )
  .map((segments) => segments.map((one) => `/${one}`).join(''));

/** What was asked for is answered or refused; no fault of ours shows, and nothing of our inside. */
const expectOrderly = (answer: { readonly status: number; readonly text: string }, asked: string): void => {
  expect(answer.text, asked).not.toMatch(/\n\s+at |node:internal|\.ts:\d|\.js:\d|TypeError|RangeError/);
  expect(answer.status, `${asked}\n${answer.text}`).toBeLessThan(500);
};

test('random questions about the past are answered or refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('history', 'why', 'diff', 'undo'),
      place,
      query,
      async (question, where, options) => {
        const asked = `/apis/taffrail.dev/v1/${question}${where}?${options}`;
        expectOrderly(await client.request('GET', asked), asked);
      },
    ),
    { numRuns: 500 },
  );
});

test('random undos are planned or refused, and a plan changes nothing', async () => {
  const value = fc.oneof(text, fc.jsonValue());
  const members = fc.record(
    {
      kind: fc.oneof(fc.constant('Undo'), value),
      group: value,
      resource: fc.oneof(fc.constantFrom('configmaps', 'pods'), value),
      namespace: fc.oneof(fc.constant('default'), value),
      name: fc.oneof(fc.constant('a'), value),
      labelSelector: value,
      to: value,
      transaction: value,
      force: fc.oneof(fc.boolean(), value),
      plan: value,
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(members, fc.jsonValue()), query, async (body, options) => {
      const answer = await client.request('POST', `/apis/taffrail.dev/v1/undo?dryRun=All&${options}`, body);
      expectOrderly(answer, JSON.stringify(body));
    }),
    { numRuns: 500 },
  );
  const kept = await client.request('GET', '/api/v1/namespaces/default/configmaps/a');
  expect(kept.json.data).toEqual({ k: 'v' });
});
