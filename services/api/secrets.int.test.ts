import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectNats } from '@taffrail/log/connect';
import { callJetStream } from '@taffrail/log/jetstream-api';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { runningApi, type ApiSurroundings, type RunningApi } from './testing/running-api.ts';

const SECRETS = '/api/v1/namespaces/default/secrets';
const HISTORY = '/apis/taffrail.dev/v1/history/core/secrets/namespaces/default';
const VALUE = Buffer.from('planted-value').toString('base64');

let world: ApiSurroundings;
let one: RunningApi;
let other: RunningApi;
beforeAll(async () => {
  world = await runningApi();
  one = await world.start();
  other = await world.start();
});
afterAll(() => world[Symbol.asyncDispose]());

const secret = (name: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { a: VALUE } });

test('what one server seals another reads and changes, now and in the past', async () => {
  expect((await one.client.request('POST', SECRETS, secret('db'))).status).toBe(201);
  expect((await other.client.request('GET', `${SECRETS}/db`)).text).toContain(VALUE);
  const patch = { data: { more: VALUE } };
  const patched = await other.client.request('PATCH', `${SECRETS}/db`, patch, {
    'content-type': 'application/merge-patch+json',
  });
  expect(patched.status).toBe(200);
  expect((await one.client.request('GET', `${SECRETS}/db`)).text.split(VALUE)).toHaveLength(3);
  const history = await one.client.request('GET', `${HISTORY}/db`);
  expect(history.text).toContain(VALUE);
});

test('a purge at one server is true at the other, and a server that starts later knows nothing either', async () => {
  const purge = {
    kind: 'Purge',
    apiVersion: 'taffrail.dev/v1',
    spec: { group: '', resource: 'secrets', namespace: 'default', name: 'db' },
  };
  expect((await one.client.request('POST', '/apis/taffrail.dev/v1/purges', purge)).json).toMatchObject({
    status: { revisions: 2, incarnations: 1, erased: true },
  });
  expect((await other.client.request('GET', `${SECRETS}/db`)).status).toBe(404);
  const late = await world.start();
  for (const server of [one, other, late]) {
    const { text } = await server.client.request('GET', `${HISTORY}/db`);
    expect(text).toContain('"taffrail.dev/unreadable":"purged"');
    expect(text).not.toContain(VALUE);
  }
  await late.stop();
});

test('while the store of keys is gone new Secrets are refused for a while, and nothing else is', async () => {
  expect((await one.client.request('POST', SECRETS, secret('known'))).status).toBe(201);
  const link = await connectNats({ url: world.natsUrl, name: 'test', clock: systemClock, logger: silentLogger });
  await callJetStream(link, 'STREAM.DELETE.KEYS');
  await link.close();
  const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } };
  const [refused, plain] = await Promise.all([
    one.client.request('POST', SECRETS, secret('new')),
    one.client.request('POST', '/api/v1/namespaces/default/configmaps', configMap),
  ]);
  expect(refused).toMatchObject({ status: 503 });
  expect(refused.text).toContain('the store of keys KEYS cannot be used, nothing was stored');
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  expect(plain.status).toBe(201);
  expect((await one.client.request('GET', `${SECRETS}/known`)).text).toContain(VALUE);
});
