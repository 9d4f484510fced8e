import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import type { AppendResult } from './commit-log.ts';
import { commitLogSuite } from './commit-log.suite.ts';
import type { NatsLink } from './connect.ts';
import { callJetStream } from './jetstream-api.ts';
import { openJetStreamLog } from './jetstream-log.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';
import { streamInfo } from './stream.ts';

let nats: NatsForTest;
let link: NatsLink;
let streams = 0;
beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
});
afterAll(() => nats.stop());

const open = async () => await openJetStreamLog(link, { name: `LOG${++streams}`, trimmable: true });

describe('JetStream log', () => commitLogSuite(open));

test('a log that is not trimmable forbids deletion and purge for ever', async () => {
  await openJetStreamLog(link, { name: 'FOREVER', trimmable: false });
  const { config } = await streamInfo(link, 'FOREVER');
  expect(config).toMatchObject({
    storage: 'file',
    discard: 'new',
    deny_delete: true,
    deny_purge: true,
    max_age: 0,
    max_bytes: -1,
    num_replicas: 1,
  });
  await expect(callJetStream(link, 'STREAM.PURGE.FOREVER')).rejects.toThrow(/not permitted/);
});

test('a stream that would drop old messages is refused', async () => {
  await callJetStream(link, 'STREAM.CREATE.BAD', {
    name: 'BAD',
    subjects: ['bad.commits'],
    storage: 'file',
    max_age: 1e12,
  });
  await expect(openJetStreamLog(link, { name: 'BAD', trimmable: false })).rejects.toMatchObject({ code: 'protocol' });
});

test('a full stream refuses with storage-full, stores nothing, and takes writes again once there is room', async () => {
  const log = await open();
  const { config } = await streamInfo(link, log.name);
  await callJetStream(link, `STREAM.UPDATE.${log.name}`, { ...config, max_bytes: 4096 });
  expect(await log.append(Buffer.alloc(2000), sequence(0))).toMatchObject({ outcome: 'appended' });
  await expect(log.append(Buffer.alloc(5000), sequence(1))).rejects.toMatchObject({ code: 'storage-full' });
  expect(await log.head()).toEqual({ sequence: 1 });
  await callJetStream(link, `STREAM.UPDATE.${log.name}`, { ...config, max_bytes: -1 });
  expect(await log.append(Buffer.alloc(5000), sequence(1))).toEqual({ outcome: 'appended', sequence: 2 });
});

test('a server killed again and again loses nothing acknowledged, and writer and reader go on by themselves', async () => {
  const log = await open();
  const stop = new AbortController();
  const seen: string[] = [];
  const reading = (async () => {
    for await (const stored of log.read({ from: sequence(1), signal: stop.signal })) {
      seen.push(Buffer.from(stored.payload).toString());
      if (seen.at(-1) === 'last') return;
    }
  })();
  const acknowledged: string[] = [];
  let head = sequence(0);
  const append = async (payload: string): Promise<AppendResult | undefined> => {
    try {
      return await log.append(Buffer.from(payload), head);
    } catch (error) {
      // Certainly not stored: the writer may try again with another commit.
      expect(error).toMatchObject({ code: 'unavailable' });
      return undefined;
    }
  };
  const writeUntil = async (done: () => boolean, round: number): Promise<void> => {
    for (let index = 0; !done(); index++) {
      const result = await append(`${round}-${index}`);
      if (result === undefined) continue;
      expect(result).toEqual({ outcome: 'appended', sequence: head + 1 });
      head = sequence(head + 1);
      acknowledged.push(`${round}-${index}`);
    }
  };
  for (let round = 0; round < 4; round++) {
    let restarted = false;
    const writing = writeUntil(() => restarted, round);
    await new Promise((resolve) => setTimeout(resolve, 150 + round * 37));
    await nats.kill();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await nats.start();
    await new Promise((resolve) => setTimeout(resolve, 400));
    restarted = true;
    await writing;
  }
  while ((await append('last')) === undefined);
  await reading;
  stop.abort();
  expect(seen).toEqual([...acknowledged, 'last']);
  expect(acknowledged.length).toBeGreaterThan(100);
});
