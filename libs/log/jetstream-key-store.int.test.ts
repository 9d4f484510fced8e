import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sequence, uid } from '@taffrail/platform/brand';
import type { NatsLink } from './connect.ts';
import { publishFenced } from './fenced-publish.ts';
import { openJetStreamKeyStore } from './jetstream-key-store.ts';
import { keyStoreSuite } from './key-store.suite.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';

let nats: NatsForTest;
let link: NatsLink;
let streams = 0;
beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
});
afterAll(() => nats.stop());

const { signal } = new AbortController();

/** Whether any file of the server's store holds these bytes. */
async function onDisk(bytes: Buffer): Promise<boolean> {
  const files = await readdir(nats.storeDir, { recursive: true, withFileTypes: true });
  for (const file of files) {
    if (file.isFile() && (await readFile(path.join(file.parentPath, file.name))).includes(bytes)) return true;
  }
  return false;
}

describe('JetStream key store', () => keyStoreSuite(async () => await openJetStreamKeyStore(link, `KEYS${++streams}`)));

test('kept and destroyed keys are found again after the server was killed', async () => {
  const store = await openJetStreamKeyStore(link, 'KILLED');
  await store.keep(uid('a'), Buffer.from('key of a'));
  await store.keep(uid('b'), Buffer.from('key of b'));
  await store.destroy(uid('a'));
  await nats.kill();
  await nats.start();
  await link.whenConnected(10_000);
  const again = await openJetStreamKeyStore(link, 'KILLED');
  expect((await again.load(signal)).get(uid('a'))).toEqual({ state: 'destroyed' });
  expect(await again.get(uid('b'))).toEqual({ state: 'kept', wrapped: Buffer.from('key of b') });
});

test("a destroyed key's bytes are in no file of the server, also after a restart", async () => {
  const store = await openJetStreamKeyStore(link, 'ERASED');
  const key = Buffer.from('0123456789-these-bytes-must-go-9876543210');
  await store.keep(uid('before'), Buffer.from('one before'));
  await store.keep(uid('gone'), key);
  await store.keep(uid('after'), Buffer.from('one after'));
  expect(await onDisk(key)).toBe(true);
  await store.destroy(uid('gone'));
  expect(await onDisk(key)).toBe(false);
  await nats.kill();
  await nats.start();
  await link.whenConnected(10_000);
  expect(await onDisk(key)).toBe(false);
  expect(await store.get(uid('after'))).toEqual({ state: 'kept', wrapped: Buffer.from('one after') });
});

test('an erasure that was interrupted behind its mark counts, and loading finishes it', async () => {
  const store = await openJetStreamKeyStore(link, 'HALF');
  const key = Buffer.from('abcdefghij-half-erased-bytes-jihgfedcba');
  await store.keep(uid('half'), key);
  const fence = { header: 'Nats-Expected-Last-Subject-Sequence', last: sequence(1) } as const;
  await publishFenced(link, { stream: 'HALF', subject: 'half.half', payload: new Uint8Array(), fence });
  expect(await store.get(uid('half'))).toEqual({ state: 'destroyed' });
  expect(await onDisk(key)).toBe(true);
  expect(await store.load(signal)).toEqual(new Map([[uid('half'), { state: 'destroyed' }]]));
  expect(await onDisk(key)).toBe(false);
});
