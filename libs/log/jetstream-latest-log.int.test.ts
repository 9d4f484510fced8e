import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import type { NatsLink } from './connect.ts';
import { openJetStreamLatestLog } from './jetstream-latest-log.ts';
import { latestLogSuite } from './latest-log.suite.ts';
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

describe('JetStream latest log', () =>
  latestLogSuite(async () => await openJetStreamLatestLog(link, `LATEST${++streams}`), Date.now()));

test('the stream is on disk and keeps one value a subject', async () => {
  await openJetStreamLatestLog(link, 'LEASES');
  const { config } = await streamInfo(link, 'LEASES');
  expect(config).toMatchObject({ storage: 'file', max_msgs_per_subject: 1 });
});

test('an opened log is found again with its values after the server was killed, and goes on counting', async () => {
  const log = await openJetStreamLatestLog(link, 'AGAIN');
  const first = await log.put('again.a', Buffer.from('1'), sequence(0));
  expect(first.outcome).toBe('stored');
  const second = await log.put('again.b', Buffer.from('2'), sequence(0));
  await nats.kill();
  await nats.start();
  await link.whenConnected(10_000);
  const reopened = await openJetStreamLatestLog(link, 'AGAIN');
  const { head, values } = await reopened.load(new AbortController().signal);
  expect(values.map((value) => Buffer.from(value.payload).toString())).toEqual(['1', '2']);
  expect(second).toEqual({ outcome: 'stored', sequence: head });
  expect(await reopened.put('again.c', Buffer.from('3'), sequence(0))).toEqual({
    outcome: 'stored',
    sequence: head + 1,
  });
});

test('a server killed right after a put has lost nothing, and no sequence is given out twice', async () => {
  const log = await openJetStreamLatestLog(link, 'KILLED');
  const { signal } = new AbortController();
  for (let round = 0; round < 3; round++) {
    let last = (await log.load(signal)).head;
    for (let index = 0; index < 100; index++) {
      const result = await log.put(`killed.${round}-${index}`, Buffer.alloc(300), sequence(0));
      expect(result).toEqual({ outcome: 'stored', sequence: last + 1 });
      last = sequence(last + 1);
    }
    await nats.kill();
    await nats.start();
    await link.whenConnected(10_000);
    const { head, values } = await log.load(signal);
    expect(head).toBe(last);
    expect(values).toHaveLength((round + 1) * 100);
  }
});
