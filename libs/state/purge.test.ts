import { expect, test } from 'vitest';
import { memoryKeyStore } from '@taffrail/log/memory-key-store';
import { memoryVault } from '@taffrail/log/memory-vault';
import { uid } from '@taffrail/platform/brand';
import { purges } from '@taffrail/resources/kinds/own';
import type { KubeObject } from '@taffrail/resources/object';
import type { Outcome } from './outcome.ts';
import { accepted, refused, testMachine, TEST_REQUEST, type TestMachine } from './testing/machine.ts';

async function purge({ machine }: TestMachine, name: string, uids: readonly string[]): Promise<Outcome> {
  const object = {
    kind: 'Purge',
    apiVersion: 'taffrail.dev/v1',
    metadata: { generateName: 'purge-' },
    spec: { group: '', resource: 'secrets', namespace: 'default', name, uids },
  } as unknown as KubeObject;
  const target = { definition: purges, namespace: '', name: '', subresource: '' };
  return await machine.submit({ type: 'create', target, object }, TEST_REQUEST);
}

const secret = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data: { a: 'aHVudGVyMg==' },
});

async function createdUid(cluster: TestMachine, name: string): Promise<string> {
  const { object } = accepted(await cluster.create('secrets', secret(name)));
  return object.object().metadata.uid ?? '';
}

test('a purge and the deletion of what is alive stand in one commit, and the key is destroyed', async () => {
  const store = memoryKeyStore();
  await using cluster = await testMachine({ vault: await memoryVault(store) });
  const id = await createdUid(cluster, 'db');
  const head = (await cluster.logs.LOG.head()).sequence;
  accepted(await purge(cluster, 'db', [id]));
  expect((await cluster.logs.LOG.head()).sequence).toBe(head + 1);
  expect(cluster.get('secrets', 'db')).toBeUndefined();
  await cluster.machine.whenErased([uid(id)], AbortSignal.timeout(1_000));
  expect(await store.get(uid(id))).toEqual({ state: 'destroyed' });
});

test('an incarnation that the purge does not know refuses it', async () => {
  await using cluster = await testMachine();
  await createdUid(cluster, 'db');
  expect(refused(await purge(cluster, 'db', ['another']))).toMatchObject({ code: 409 });
  expect(cluster.get('secrets', 'db')).toBeDefined();
});

test('every server of a log carries a purge out', async () => {
  const stores = [memoryKeyStore(), memoryKeyStore()] as const;
  const one = await testMachine({ vault: await memoryVault(stores[0]), soleWriter: false });
  await using other = await testMachine({
    vault: await memoryVault(stores[1]),
    logs: one.logs,
    leases: one.leases,
    soleWriter: false,
  });
  const id = await createdUid(one, 'db');
  accepted(await purge(one, 'db', [id]));
  await other.machine.confirm(purges);
  await other.machine.whenErased([uid(id)], AbortSignal.timeout(1_000));
  expect(await stores[1].get(uid(id))).toEqual({ state: 'destroyed' });
  await one.machine.close();
});

test('a purge that was cut short is carried out before the next start serves, also with an older copy of the keys', async () => {
  const store = memoryKeyStore();
  const hanging = { ...store, destroy: async () => await new Promise<void>(() => undefined) };
  const first = await testMachine({ vault: await memoryVault(hanging) });
  const id = await createdUid(first, 'db');
  const kept = await store.get(uid(id));
  accepted(await purge(first, 'db', [id]));
  expect(await store.get(uid(id)), 'as a crash leaves it').toEqual(kept);
  const again = await testMachine({
    vault: await memoryVault(store),
    logs: first.logs,
    leases: first.leases,
    clock: first.clock,
  });
  expect(await store.get(uid(id))).toEqual({ state: 'destroyed' });
  await again.machine.close();

  const older = memoryKeyStore();
  if (kept?.state === 'kept') await older.keep(uid(id), kept.wrapped);
  await using restored = await testMachine({
    vault: await memoryVault(older),
    logs: first.logs,
    leases: first.leases,
    clock: first.clock,
  });
  expect(await older.get(uid(id))).toEqual({ state: 'destroyed' });
  expect(restored.machine.list(purges, undefined)).toHaveLength(1);
});

test('a purged Secret gives back what its quota counted', async () => {
  await using cluster = await testMachine();
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few' },
    spec: { hard: { secrets: '1' } },
  };
  accepted(await cluster.create('resourcequotas', quota));
  const id = await createdUid(cluster, 'db');
  expect(refused(await cluster.create('secrets', secret('other')))).toMatchObject({ code: 403 });
  accepted(await purge(cluster, 'db', [id]));
  accepted(await cluster.create('secrets', secret('other')));
});

test('what stands for a purged body is not written as if it were one', async () => {
  await using cluster = await testMachine();
  await createdUid(cluster, 'live');
  const annotations = { 'taffrail.dev/unreadable': 'purged' };
  const copy = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'copy', annotations } };
  expect(refused(await cluster.create('secrets', copy))).toMatchObject({ code: 422 });
  expect(refused(await cluster.patch('secrets', 'live', { metadata: { annotations } }))).toMatchObject({ code: 422 });
  expect(cluster.get('secrets', 'live')).toMatchObject({ data: { a: 'aHVudGVyMg==' } });
});
