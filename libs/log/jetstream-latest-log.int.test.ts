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

test('the stream is on disk, keeps one value a subject and does not wait for the disk', async () => {
  await openJetStreamLatestLog(link, 'LEASES');
  const { config } = await streamInfo(link, 'LEASES');
  expect(config).toMatchObject({ storage: 'file', persist_mode: 'async', max_msgs_per_subject: 1 });
});

test('an opened log is found again with its values after the server was killed, and goes on counting', async () => {
  const log = await openJetStreamLatestLog(link, 'AGAIN');
  const first = await log.put('again.a', Buffer.from('1'), sequence(0));
  expect(first.outcome).toBe('stored');
  const second = await log.put('again.b', Buffer.from('2'), sequence(0));
  await new Promise((resolve) => setTimeout(resolve, 300));
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
