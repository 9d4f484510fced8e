import { expect, test } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer } from './testing/memory-server.ts';

interface Deleted {
  readonly names: readonly string[];
  readonly next: string | undefined;
}

async function deletePage(admin: KubeClient, path: string, query: string): Promise<Deleted> {
  const { status, json } = await admin.request('DELETE', `${path}?${query}`);
  expect([status, json.message]).toEqual([200, undefined]);
  return { names: json.items.map((item) => item.metadata['name'] ?? ''), next: json.metadata['continue'] };
}

async function names(admin: KubeClient, path: string): Promise<readonly string[]> {
  const { json } = await admin.request('GET', path);
  return json.items.map((item) => item.metadata['name'] ?? '');
}

const COLLECTIONS = [
  ['objects of the log', '/api/v1/namespaces/default/configmaps'],
  ['objects of which only the latest is kept', '/apis/coordination.k8s.io/v1/namespaces/default/leases'],
] as const;

test.each(COLLECTIONS)('a limit is how many %s are deleted, and the answer says where to go on', async (_, path) => {
  await using server = await memoryServer();
  const admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    await admin.request('POST', path, { metadata: { name, labels: { odd: 'ace'.includes(name) ? 'yes' : 'no' } } });
  }
  const first = await deletePage(admin, path, 'limit=1&labelSelector=odd%3Dyes');
  expect(first).toEqual({ names: ['a'], next: expect.any(String) });
  expect(await names(admin, path)).toEqual(['b', 'c', 'd', 'e']);
  const second = await deletePage(admin, path, `limit=2&continue=${first.next}`);
  expect(second).toEqual({ names: ['b', 'c'], next: expect.any(String) });
  const last = await deletePage(admin, path, `limit=2&continue=${second.next}`);
  expect(last).toEqual({ names: ['d', 'e'], next: undefined });
  expect(await names(admin, path)).toEqual([]);
});

test('a page passes over what stands before it, and deletes nothing in a dry run', async () => {
  await using server = await memoryServer();
  const admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  const path = '/api/v1/namespaces/default/configmaps';
  for (const name of ['a', 'b', 'c']) await admin.request('POST', path, { metadata: { name, finalizers: ['x.y/z'] } });
  const tried = await deletePage(admin, path, 'limit=2&dryRun=All');
  expect(tried).toEqual({ names: ['a', 'b'], next: expect.any(String) });
  const first = await deletePage(admin, path, 'limit=2');
  // Held by their finalizers, they are still there: the next page must not begin with them again.
  expect(await names(admin, path)).toEqual(['a', 'b', 'c']);
  expect(await deletePage(admin, path, `limit=2&continue=${first.next}`)).toEqual({ names: ['c'], next: undefined });
  const refused = await admin.request('DELETE', `${path}?limit=many`);
  expect(refused.status).toBe(400);
});

test('without a limit everything goes, in as many transactions as it takes; a page is one transaction at most', async () => {
  await using server = await memoryServer();
  const admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  const path = '/api/v1/namespaces/default/configmaps';
  const all = Array.from(
    { length: limits.deleteCollectionCount + 5 },
    (_, index) => `c-${String(index).padStart(4, '0')}`,
  );
  const fill = async (): Promise<void> => {
    await Promise.all(all.map(async (name) => await admin.request('POST', path, { metadata: { name } })));
  };
  await fill();
  const page = await deletePage(admin, path, `limit=${all.length}`);
  expect(page.names).toEqual(all.slice(0, limits.deleteCollectionCount));
  expect(page.next).toEqual(expect.any(String));
  expect(await names(admin, path)).toEqual(all.slice(limits.deleteCollectionCount));
  await fill();
  expect(await deletePage(admin, path, '')).toEqual({ names: all, next: undefined });
  expect(await names(admin, path)).toEqual([]);
});
