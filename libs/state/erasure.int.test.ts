import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NatsLink } from '@taffrail/log/connect';
import { openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import type { KeyStore } from '@taffrail/log/key-store';
import { memoryVault } from '@taffrail/log/memory-vault';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import type { Uid } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import { purges } from '@taffrail/resources/kinds/own';
import { purgeSpecOf } from './decide/purge.ts';
import { accepted, testMachine, type TestMachine } from './testing/machine.ts';

let nats: NatsForTest;
let link: NatsLink;
beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
});
afterAll(() => nats.stop());

/** Runs a server that ends by SIGKILL at `point`. */
async function crash(suffix: string, point: string): Promise<void> {
  const script = join(import.meta.dirname, 'testing', 'crashing-server.ts');
  const child = spawn(process.execPath, ['--conditions=source', script, nats.url, suffix, point], { stdio: 'inherit' });
  const [, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  expect(signal).toBe('SIGKILL');
}

async function server(suffix: string, store: KeyStore): Promise<TestMachine> {
  return await testMachine({
    logs: {
      LOG: await openJetStreamLog(link, { name: `LOG${suffix}`, trimmable: false }),
      EVENTS: await openJetStreamLog(link, { name: `EVENTS${suffix}`, trimmable: true }),
    },
    leases: await openJetStreamLatestLog(link, `LEASES${suffix}`),
    vault: await memoryVault(store),
    clock: systemClock,
    random: systemRandom,
  });
}

async function onDisk(bytes: Uint8Array): Promise<boolean> {
  for (const file of await readdir(nats.storeDir, { recursive: true, withFileTypes: true })) {
    if (file.isFile() && (await readFile(join(file.parentPath, file.name))).includes(Buffer.from(bytes))) return true;
  }
  return false;
}

test('a server killed between keeping a key and its commit leaves a key nobody uses, and nothing else', async () => {
  await crash('A', 'after-keep');
  const store = await openJetStreamKeyStore(link, 'KEYSA');
  expect((await store.load(AbortSignal.timeout(5_000))).size).toBe(1);
  await using cluster = await server('A', store);
  expect(cluster.get('secrets', 'db')).toBeUndefined();
  accepted(
    await cluster.create('secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'db' },
      data: { a: 'eA==' },
    }),
  );
  expect(cluster.get('secrets', 'db')).toMatchObject({ data: { a: 'eA==' } });
});

test('a server killed between a purge and the destruction of its key has it destroyed before the next one serves', async () => {
  await crash('B', 'before-destroy');
  const store = await openJetStreamKeyStore(link, 'KEYSB');
  const left = [...(await store.load(AbortSignal.timeout(5_000))).entries()];
  expect(left).toMatchObject([[expect.any(String), { state: 'kept' }]]);
  const [uid, key] = left[0] as [Uid, Extract<(typeof left)[number][1], { state: 'kept' }>];
  expect(await onDisk(key.wrapped)).toBe(true);

  await using cluster = await server('B', store);
  const [order] = cluster.machine.list(purges, undefined);
  expect(order === undefined ? [] : purgeSpecOf(order.contents()).uids).toEqual([uid]);
  expect(cluster.get('secrets', 'db')).toBeUndefined();
  expect(await store.get(uid)).toEqual({ state: 'destroyed' });
  expect(await onDisk(key.wrapped)).toBe(false);
});
