import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { decodeCommit } from './commit-codec.ts';
import type { LogEvent } from './event.ts';
import { walkExport } from './walk-export.ts';
import { RECORDED_CLUSTER_KEY } from './fixtures/recorded-cluster-key.ts';
import { readKeyFile, restoreKeys } from './key-file.ts';
import type { KeyStore } from './key-store.ts';
import { aesKeyWrapper } from './key-wrapper.ts';
import { memoryKeyStore } from './memory-key-store.ts';
import { openObjectVault } from './object-vault.ts';
import { openEvents } from './open-events.ts';

const FILE = join(import.meta.dirname, 'fixtures', 'format-1-sealed.taffrail');
/** What the recorded bodies are, opened; never changed. */
const DIGEST = 'cafd492e66a9afcdda7e3a0f0f5ed17a66a9e12569e2d3e9d63e031982fd2c20';

async function recorded(): Promise<readonly LogEvent[]> {
  const events: LogEvent[] = [];
  const [log] = await walkExport(FILE, {
    commit: (_log, { sequence }, payload) =>
      void events.push(...decodeCommit(Uint8Array.from(payload), sequence).events),
  });
  expect(log).toMatchObject({ commits: 7, events: 8 });
  return events;
}

async function opened(
  store: KeyStore,
): Promise<readonly { readonly data?: { readonly value: string }; readonly why?: string }[]> {
  const wrapper = aesKeyWrapper(RECORDED_CLUSTER_KEY, systemRandom);
  const tools = {
    store,
    wrapper,
    encrypts: () => false,
    clock: systemClock,
    random: systemRandom,
    logger: silentLogger,
  };
  const vault = await openObjectVault(tools, new AbortController().signal);
  return (await openEvents(vault, await recorded())).map(({ object }) => {
    const { data, metadata } = JSON.parse(Buffer.from(object).toString()) as {
      data?: { value: string };
      metadata: { annotations: Readonly<Record<string, string>> };
    };
    const why = metadata.annotations['taffrail.dev/unreadable'];
    return { ...(data === undefined ? {} : { data }), ...(why === undefined ? {} : { why }) };
  });
}

test('a recorded history of clear, sealed and purged objects opens to what was written', async () => {
  const store = memoryKeyStore();
  await restoreKeys(store, await readKeyFile(`${FILE}.keys`), new AbortController().signal);
  const bodies = await opened(store);
  expect(bodies.map(({ why = 'readable' }) => why)).toEqual([
    'readable',
    'readable',
    'readable',
    'readable',
    'purged',
    'readable',
    'purged',
    'readable',
  ]);
  expect(createHash('sha256').update(JSON.stringify(bodies)).digest('hex')).toBe(DIGEST);
});

test('without its keys the same history verifies and replays, and says which bodies are lost', async () => {
  const bodies = await opened(memoryKeyStore());
  expect(bodies.map(({ why = 'readable' }) => why)).toEqual([
    'readable',
    'key-lost',
    'readable',
    'key-lost',
    'key-lost',
    'key-lost',
    'key-lost',
    'readable',
  ]);
});
