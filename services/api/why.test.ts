import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CauseChain, ConsequenceTree } from '@taffrail/history/why';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const SHOP = '/namespaces/shop';

let server: MemoryServer;
let admin: KubeClient;
let controllers: KubeClient;
let scheduler: KubeClient;
let node: KubeClient;
beforeAll(async () => {
  server = await memoryServer({ nodes: ['n1'] });
  const client = async (name: string): Promise<KubeClient> =>
    kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client(name)) });
  admin = await client('admin');
  controllers = await client('controller-manager');
  scheduler = await client('scheduler');
  node = await client('node-n1');

  await admin.request('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const web = await create(admin, 'apps/v1', 'Deployment', 'web', deploymentSpec);
  const set = await create(controllers, 'apps/v1', 'ReplicaSet', 'web-1', deploymentSpec, web);
  const pod = await create(controllers, 'v1', 'Pod', 'web-1-a', podSpec, set);
  await create(controllers, 'v1', 'Pod', 'web-1-b', podSpec, set);
  const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { name: 'web-1-a' }, target: { name: 'n1' } };
  await scheduler.request('POST', `/api/v1${SHOP}/pods/web-1-a/binding`, binding, { 'taffrail-cause': pod });
  const bound = await admin.request('GET', `/api/v1${SHOP}/pods/web-1-a`);
  const status = { status: { phase: 'Running' } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  const started = { ...headers, 'taffrail-cause': bound.json.metadata['resourceVersion'] ?? '' };
  await node.request('PATCH', `/api/v1${SHOP}/pods/web-1-a/status`, status, started);
  await node.request('PATCH', `/api/v1${SHOP}/pods/web-1-a/status`, { status: { phase: 'Failed' } }, headers);
});
afterAll(async () => {
  for (const client of [admin, controllers, scheduler, node]) client.close();
  await server[Symbol.asyncDispose]();
});

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
const deploymentSpec = { selector: { matchLabels: { a: 'b' } }, template };
const podSpec = template.spec;

/** Creates an object because of a revision, and answers with the one it got. */
async function create(
  client: KubeClient,
  apiVersion: string,
  kind: string,
  name: string,
  spec: object,
  cause?: string,
): Promise<string> {
  const path = `${apiVersion === 'v1' ? '/api/v1' : '/apis/apps/v1'}${SHOP}/${kind.toLowerCase()}s`;
  const metadata = { name, labels: { a: 'b' } };
  const headers: Record<string, string> = cause === undefined ? {} : { 'taffrail-cause': cause };
  const answer = await client.request('POST', path, { apiVersion, kind, metadata, spec }, headers);
  expect(answer.status, answer.text).toBe(201);
  return answer.json.metadata['resourceVersion'] ?? '';
}

const why = async (path: string, client = admin): Promise<KubeAnswer> =>
  await client.request('GET', `/apis/taffrail.dev/v1/why${path}`);
const chainOf = async (path: string, client = admin): Promise<CauseChain> => {
  const answer = await why(path, client);
  expect(answer.status, answer.text).toBe(200);
  return answer.json as unknown as CauseChain;
};
const nameOf = (step: CauseChain['steps'][number]): string =>
  'hidden' in step ? '?' : `${step.about.name} ${step.verb}`;

test('a container that was started leads back over binding, ReplicaSet and Deployment to the user', async () => {
  const history = await admin.request('GET', `/apis/taffrail.dev/v1/history/core/pods${SHOP}/web-1-a?view=changes`);
  const running = history.json.items[1]?.['revision'] as string;
  const { steps, origin } = await chainOf(`/core/pods${SHOP}/web-1-a?at=${running}`);
  expect(steps.map(nameOf)).toEqual([
    'web created',
    'web-1 created',
    'web-1-a created',
    'web-1-a updated',
    'web-1-a updated',
  ]);
  expect(origin).toEqual({ type: 'user', name: 'kubernetes-admin' });
});

test('what a node finds out by itself begins with its report', async () => {
  const { steps, origin } = await chainOf(`/core/pods${SHOP}/web-1-a`);
  expect(steps.map(nameOf)).toEqual(['web-1-a updated']);
  expect(origin).toEqual({ type: 'report', name: 'n1' });
});

test('a chain that is cut at its depth has no origin', async () => {
  const { steps, origin } = await chainOf(`/core/pods${SHOP}/web-1-b?depth=2`);
  expect(steps.map(nameOf)).toEqual(['web-1 created', 'web-1-b created']);
  expect(origin.type).toBe('unknown');
});

test('what came of a change is a tree, within its width', async () => {
  const answer = await why(`/apps/deployments${SHOP}/web?forward=true`);
  const tree = answer.json as unknown as ConsequenceTree;
  const names = ({ change, consequences }: ConsequenceTree): unknown => [nameOf(change), ...consequences.map(names)];
  expect(names(tree)).toEqual([
    'web created',
    ['web-1 created', ['web-1-a created', ['web-1-a updated', ['web-1-a updated']]], ['web-1-b created']],
  ]);
  const narrow = (await why(`/apps/deployments${SHOP}/web?forward=true&width=1`)).json as unknown as ConsequenceTree;
  expect(narrow.consequences[0]).toMatchObject({ truncated: true, consequences: [{}] });
  const shallow = (await why(`/apps/deployments${SHOP}/web?forward=true&depth=1`)).json as unknown as ConsequenceTree;
  expect(shallow.consequences[0]).toMatchObject({ truncated: true, consequences: [] });
});

test('of objects that one may not read a chain tells only that they were there', async () => {
  const { steps, origin } = await chainOf(`/core/pods${SHOP}/web-1-b`, node);
  expect(steps.map(nameOf)).toEqual(['?', '?', 'web-1-b created']);
  expect(Object.keys(steps[0] ?? {}).toSorted()).toEqual(['elapsedMs', 'hidden', 'revision', 'time']);
  expect(origin.type).toBe('unknown');
  expect((await why(`/apps/deployments${SHOP}/web`, node)).status).toBe(403);
});

test('what never was is not found, and only one object can be asked about', async () => {
  expect((await why(`/core/pods${SHOP}/never`)).json).toMatchObject({ code: 404, reason: 'NotFound' });
  expect((await why(SHOP)).status).toBe(404);
  expect((await why(`/core/pods${SHOP}/web-1-a?at=soon`)).status).toBe(400);
});
