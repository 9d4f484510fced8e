import { expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { KeyStore } from '@taffrail/log/key-store';
import { memoryKeyStore } from '@taffrail/log/memory-key-store';
import { memoryLog } from '@taffrail/log/memory-log';
import { UNREADABLE_ANNOTATION } from '@taffrail/log/sealed-object';
import { memoryVault } from '@taffrail/log/memory-vault';
import type { JsonObject } from '@taffrail/resources/json';
import { allResources } from '@taffrail/resources/registry';
import { faultyLog } from './testing/faulty-log.ts';
import { accepted, configMap, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const VALUE = Buffer.from('hunter2-hunter2').toString('base64');

function secret(name: string, value = VALUE): JsonObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { password: value } };
}

/** Every payload of a machine's log as one text. */
async function logText({ logs }: Pick<TestMachine, 'logs'>): Promise<string> {
  const { sequence: until } = await logs.LOG.head();
  let text = '';
  const signal = new AbortController().signal;
  for await (const { payload } of logs.LOG.read({ from: sequence(1), until, signal })) {
    text += Buffer.from(payload).toString();
  }
  return text;
}

/** A store whose `keep` fails while it is told to. */
function brokenStore(): KeyStore & { broken: boolean; keeps: number } {
  const store = {
    ...memoryKeyStore(),
    broken: false,
    keeps: 0,
  };
  const { keep } = store;
  store.keep = async (uid, wrapped) => {
    store.keeps++;
    if (store.broken) throw new OperatingError('unavailable', 'it is away');
    return await keep(uid, wrapped);
  };
  return store;
}

test('a Secret is in clear for those who read it and nowhere in the log, from its creation to its deletion', async () => {
  await using cluster = await testMachine();
  accepted(await cluster.create('secrets', secret('db')));
  accepted(await cluster.patch('secrets', 'db', { data: { more: Buffer.from('planted-more').toString('base64') } }));
  expect(cluster.get('secrets', 'db')).toMatchObject({ data: { password: VALUE } });
  accepted(await cluster.delete('secrets', 'db'));
  const text = await logText(cluster);
  for (const hidden of [VALUE, 'hunter2', Buffer.from('planted-more').toString('base64'), 'f:password']) {
    expect(text).not.toContain(hidden);
  }
  expect(text.match(/"sealed":\{/g)).toHaveLength(3);
});

test('what is not encrypted stays in clear beside it, in the same commit', async () => {
  await using cluster = await testMachine();
  await Promise.all([
    cluster.create('configmaps', configMap('plain', 'see-me')),
    cluster.create('secrets', secret('db')),
  ]);
  const text = await logText(cluster);
  expect(text).toContain('see-me');
  expect(text).not.toContain(VALUE);
});

test('a machine that opens the log again has the very same bytes', async () => {
  const vault = await memoryVault();
  const first = await testMachine({ vault });
  accepted(await first.create('secrets', secret('db')));
  const stored = first.machine.get(resourceNamed('secrets'), 'default', 'db')?.stored;
  await first.machine.close();
  await using again = await testMachine({ vault, logs: first.logs, leases: first.leases, clock: first.clock });
  const found = again.machine.get(resourceNamed('secrets'), 'default', 'db');
  expect(Buffer.from(found?.stored ?? []).equals(stored ?? Buffer.alloc(0))).toBe(true);
});

test('another server reads with keys that it finds in the store', async () => {
  const store = memoryKeyStore();
  const LOG = memoryLog('LOG');
  const EVENTS = memoryLog('EVENTS');
  const logs = { LOG, EVENTS };
  await using one = await testMachine({ vault: await memoryVault(store), logs, soleWriter: false });
  await using two = await testMachine({ vault: await memoryVault(store), logs, leases: one.leases, soleWriter: false });
  accepted(await one.create('secrets', secret('db')));
  accepted(await two.create('configmaps', configMap('after')));
  expect(two.get('secrets', 'db')).toMatchObject({ data: { password: VALUE } });
  // What one wrote the other changes: both seal with the one key that was kept first.
  accepted(await two.patch('secrets', 'db', { data: { more: VALUE } }));
  accepted(await one.create('configmaps', configMap('after-that')));
  expect(one.get('secrets', 'db')).toMatchObject({ data: { password: VALUE, more: VALUE } });
});

test('a key that cannot be kept fails its own command and no other of the commit', async () => {
  const store = brokenStore();
  await using cluster = await testMachine({ vault: await memoryVault(store) });
  accepted(await cluster.create('secrets', secret('before')));
  store.broken = true;
  const [plain, failed, known] = await Promise.allSettled([
    cluster.create('configmaps', configMap('plain')),
    cluster.create('secrets', secret('db')),
    cluster.patch('secrets', 'before', { data: { more: VALUE } }),
  ]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { code: 'unavailable', retryable: true } });
  expect(plain).toMatchObject({ status: 'fulfilled', value: { created: true } });
  expect(known, 'its key is at hand').toMatchObject({ status: 'fulfilled', value: { created: false } });
  expect(cluster.get('secrets', 'db')).toBeUndefined();
  store.broken = false;
  accepted(await cluster.create('secrets', secret('db')));
});

test('what rests on a command that fails for want of a key is decided again without it', async () => {
  const store = brokenStore();
  await using cluster = await testMachine({ vault: await memoryVault(store) });
  store.broken = true;
  const [failed, patched] = await Promise.allSettled([
    cluster.create('secrets', secret('db')),
    cluster.patch('secrets', 'db', { data: { more: VALUE } }),
  ]);
  expect(failed).toMatchObject({ status: 'rejected' });
  // Both lack the same key, so both are told to try again.
  expect(patched).toMatchObject({ status: 'rejected' });
  const [again, taken] = await Promise.allSettled([
    cluster.create('secrets', secret('other')),
    cluster.create('secrets', { ...secret('other'), type: 'x/y' }),
  ]);
  expect(again).toMatchObject({ status: 'rejected' });
  expect(taken, 'not "already exists": the first was never there').toMatchObject({ status: 'rejected' });
});

test('after a lost fence the key that was kept already is used', async () => {
  const store = brokenStore();
  const LOG = faultyLog(memoryLog('LOG'));
  const logs = { LOG, EVENTS: memoryLog('EVENTS') };
  await using one = await testMachine({ vault: await memoryVault(store), logs, soleWriter: false });
  await using two = await testMachine({ vault: await memoryVault(store), logs, leases: one.leases, soleWriter: false });
  LOG.beforeNext(async () => {
    accepted(await two.create('configmaps', configMap('first')));
  });
  accepted(await one.create('secrets', secret('db')));
  expect(one.get('configmaps', 'first')).toBeDefined();
  expect(store.keeps).toBe(1);
});

test('a commit that was not stored leaves a key nobody uses, and the next try works', async () => {
  const LOG = faultyLog(memoryLog('LOG'));
  await using cluster = await testMachine({ logs: { LOG, EVENTS: memoryLog('EVENTS') } });
  LOG.failNext(new OperatingError('storage-full', 'the disk is full'));
  await expect(cluster.create('secrets', secret('db'))).rejects.toMatchObject({ code: 'storage-full' });
  accepted(await cluster.create('secrets', secret('db')));
});

test('a lost key makes its Secret unreadable and stops nothing', async () => {
  const first = await testMachine({ vault: await memoryVault() });
  accepted(await first.create('secrets', { ...secret('db'), metadata: { name: 'db', labels: { app: 'shop' } } }));
  await first.machine.close();
  const vault = await memoryVault(memoryKeyStore());
  await using again = await testMachine({ vault, logs: first.logs, leases: first.leases, clock: first.clock });
  const found = again.get('secrets', 'db');
  expect(found).toMatchObject({
    kind: 'Secret',
    metadata: { name: 'db', labels: { app: 'shop' }, annotations: { [UNREADABLE_ANNOTATION]: 'key-lost' } },
  });
  expect(found?.['data']).toBeUndefined();
  // Nobody knows what must not change about it, so it is replaced rather than updated.
  accepted(await again.delete('secrets', 'db'));
  accepted(await again.create('secrets', secret('db')));
  await again.machine.close();
  await using third = await testMachine({ vault, logs: first.logs, leases: first.leases, clock: first.clock });
  expect(third.get('secrets', 'db')).toMatchObject({ data: { password: VALUE } });
});

test('an object in clear that looks like an envelope is sealed, so that nobody takes it for one', async () => {
  await using cluster = await testMachine();
  const sealed = { algorithm: 'AES-256-GCM', key: 'k', nonce: 'n', tag: 't', bytes: 'b' };
  accepted(await cluster.create('configmaps', { ...configMap('odd'), sealed }));
  expect(cluster.get('configmaps', 'odd')).toMatchObject({ sealed });
  await cluster.machine.close();
  const vault = await memoryVault(memoryKeyStore());
  await using again = await testMachine({ vault, logs: cluster.logs, leases: cluster.leases, clock: cluster.clock });
  // Another vault has no key for it: had it been stored in clear, it would be told apart as damaged.
  expect(again.get('configmaps', 'odd')?.metadata.annotations).toEqual({ [UNREADABLE_ANNOTATION]: 'key-lost' });
});

test('every rule that reads an object bears one whose body is gone', () => {
  for (const { kind, group, version, rules } of allResources()) {
    const apiVersion = group === '' ? version : `${group}/${version}`;
    const bare = { kind, apiVersion, metadata: { name: 'gone', uid: 'u' } };
    expect(() => rules.selectableFields(bare), kind).not.toThrow();
    expect(() => rules.tableCells(bare), kind).not.toThrow();
  }
});
