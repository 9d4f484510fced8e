import { revision, sequence } from '@taffrail/platform/brand';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeContinue } from './handlers/continue-token.ts';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
const EVENTS = '/api/v1/namespaces/default/events';
const EXPIRED =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

let server: MemoryServer;
let admin: KubeClient;

beforeAll(async () => {
  server = await memoryServer();
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
});
afterAll(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

async function create(path: string, object: object): Promise<void> {
  const { status, json } = await admin.request('POST', path, object);
  expect([status, json.message]).toEqual([201, undefined]);
}

/** A page of a state before everything, behind an object: refused, with a token. */
async function tokenInstead(path: string, name: string): Promise<string> {
  const old = encodeContinue({ revision: revision(1), namespace: 'default', name });
  const { status, json } = await admin.request('GET', `${path}?limit=1&continue=${old}`);
  expect(status).toBe(410);
  expect(json).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: EXPIRED });
  return String(json.metadata['continue']);
}

async function restOf(path: string, token: string): Promise<readonly string[]> {
  const names: string[] = [];
  for (let next: string | undefined = token; next !== undefined;) {
    const { status, json } = await admin.request('GET', `${path}?limit=1&continue=${next}`);
    expect(status).toBe(200);
    names.push(...json.items.map(({ metadata }) => String(metadata['name'])));
    next = json.metadata['continue'];
  }
  return names;
}

test('pages of what keeps its last value only go on in the newest state once the old one is gone', async () => {
  for (const name of ['a', 'b', 'd']) await create(LEASES, { metadata: { name } });
  const token = await tokenInstead(LEASES, 'a');
  await create(LEASES, { metadata: { name: 'c' } });
  await admin.request('DELETE', `${LEASES}/d`);
  await create(LEASES, { metadata: { name: 'e' } });
  expect(await restOf(LEASES, token)).toEqual(['b', 'c', 'e']);
});

test('pages of a window go on in the newest state once the log behind them was cut off', async () => {
  const involvedObject = { kind: 'Pod', namespace: 'default', name: 'p' };
  for (const name of ['x', 'y']) await create(EVENTS, { metadata: { name }, involvedObject });
  const { sequence: head } = await server.logs.EVENTS.head();
  await admin.request('DELETE', `${EVENTS}/x`);
  await create(EVENTS, { metadata: { name: 'z' }, involvedObject });
  await admin.request('PATCH', `${EVENTS}/y`, { message: 'again' }, { 'content-type': 'application/merge-patch+json' });
  expect(await server.state.trimWindow(Number.MAX_SAFE_INTEGER, sequence(head + 1))).toBe(head + 1);
  expect(await restOf(EVENTS, await tokenInstead(EVENTS, 'x'))).toEqual(['y', 'z']);
  const { status, json } = await admin.request('GET', `${EVENTS}?resourceVersion=1&resourceVersionMatch=Exact`);
  expect([status, json.message]).toEqual([410, 'The resourceVersion for the provided list is too old.']);
  expect(json.metadata).toEqual({});
});
