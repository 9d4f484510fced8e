import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import type { CommitLog } from './commit-log.ts';
import { connectNats, type NatsLink } from './connect.ts';
import { openJetStreamLog } from './jetstream-log.ts';
import { startHoldingProxy, type HoldingProxy } from './testing/holding-proxy.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';

let nats: NatsForTest;
let proxy: HoldingProxy;
let behind: NatsLink;
let log: CommitLog;
let direct: CommitLog;
beforeEach(async () => {
  nats = await startNatsForTest();
  direct = await openJetStreamLog(await nats.link(), { name: 'LOG', trimmable: false });
  proxy = await startHoldingProxy(Number(new URL(nats.url).port));
  const url = nats.url.replace(/:\d+/, `:${proxy.port}`);
  behind = await connectNats({ url, name: 'behind', clock: systemClock, logger: silentLogger });
  log = await openJetStreamLog(behind, { name: 'LOG', trimmable: false });
});
afterEach(async () => {
  await behind.close();
  proxy.close();
  await nats.stop();
});

async function payloads(): Promise<readonly string[]> {
  const seen: string[] = [];
  const { sequence: until } = await direct.head();
  const signal = AbortSignal.timeout(5_000);
  for await (const stored of direct.read({ from: sequence(1), until, signal }))
    seen.push(Buffer.from(stored.payload).toString());
  return seen;
}

const delay = async (ms: number): Promise<void> => await systemClock.sleep(ms);

test('a publish that is held back and lands late is stored once and answered as stored', async () => {
  proxy.hold('requests');
  const appending = log.append(Buffer.from('late'), sequence(0));
  await delay(2_500);
  expect(await direct.head()).toEqual({ sequence: 0 });
  proxy.release();
  expect(await appending).toEqual({ outcome: 'appended', sequence: 1 });
  await delay(300);
  expect(await payloads()).toEqual(['late']);
});

test('a publish that is held back while someone else writes loses the fence and never lands', async () => {
  proxy.hold('requests');
  const appending = log.append(Buffer.from('late'), sequence(0));
  await delay(2_500);
  expect(await direct.append(Buffer.from('other'), sequence(0))).toMatchObject({ outcome: 'appended' });
  proxy.release();
  expect(await appending).toEqual({ outcome: 'lost-fence', head: 1 });
  await delay(300);
  expect(await payloads()).toEqual(['other']);
});

test('a publish whose acknowledgement is lost with the connection is found to be stored', async () => {
  proxy.hold('answers');
  const appending = log.append(Buffer.from('unanswered'), sequence(0));
  while ((await direct.head()).sequence === 0) await delay(10);
  expect(await direct.append(Buffer.from('next'), sequence(1))).toMatchObject({ outcome: 'appended' });
  proxy.cut();
  expect(await appending).toEqual({ outcome: 'appended', sequence: 1 });
  expect(await payloads()).toEqual(['unanswered', 'next']);
});

test('writing while the server cannot be reached says unavailable, and stores nothing', async () => {
  proxy.close();
  await delay(50);
  await expect(log.append(Buffer.from('x'), sequence(0))).rejects.toMatchObject({ code: 'unavailable' });
  expect(await payloads()).toEqual([]);
});
