import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { sequence } from '@taffrail/platform/brand';
import type { NatsLink } from './connect.ts';
import { callJetStream } from './jetstream-api.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';
import { pullStream } from './pull-reader.ts';

let nats: NatsForTest;
let link: NatsLink;
let streams = 0;
beforeAll(async () => {
  nats = await startNatsForTest();
  const plain = await nats.link();
  // Ten times as fast, so that the reader's own timers are due soon.
  const clock = {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() * 10,
    after: (ms: number, task: () => void) => systemClock.after(ms / 10, task),
  };
  link = { ...plain, clock };
});
afterAll(() => nats.stop());

/** A stream that, unlike a log, lets single messages be deleted: as damage on disk would. */
async function damagedStream(messages: number, missing: readonly number[]): Promise<string> {
  const name = `DAMAGED${++streams}`;
  await callJetStream(link, `STREAM.CREATE.${name}`, { name, subjects: [name], storage: 'file' });
  for (let index = 1; index <= messages; index++) await link.request(name, `m${index}`, { timeoutMs: 2000 });
  for (const seq of missing) await callJetStream(link, `STREAM.MSG.DELETE.${name}`, { seq });
  return name;
}

async function readUntil(stream: string, last: number, onMessage?: () => Promise<void>): Promise<readonly string[]> {
  const seen: string[] = [];
  const { signal } = new AbortController();
  for await (const message of pullStream(link, { stream, from: sequence(1), contiguous: true, signal })) {
    seen.push(Buffer.from(message.payload).toString());
    await onMessage?.();
    if (message.sequence === last) return seen;
  }
  return seen;
}

test('a message missing in the middle, which the server skips in silence, stops the reader', async () => {
  const stream = await damagedStream(9, [5]);
  await expect(readUntil(stream, 9)).rejects.toMatchObject({ code: 'log-gap', message: expect.stringContaining('5') });
});

test('a message missing at the end is found by comparing with the head', async () => {
  const stream = await damagedStream(5, [5]);
  await expect(readUntil(stream, 5)).rejects.toMatchObject({ code: 'log-gap', message: expect.stringContaining('5') });
});

test('a reader whose consumer was deleted behind its back makes another one and misses nothing', async () => {
  const stream = await damagedStream(3, []);
  let deleted = 0;
  const seen = await readUntil(stream, 6, async () => {
    if (deleted > 0) return;
    const { consumers } = await callJetStream<{ consumers: readonly { name: string }[] }>(
      link,
      `CONSUMER.LIST.${stream}`,
    );
    for (const { name } of consumers) {
      await callJetStream(link, `CONSUMER.DELETE.${stream}.${name}`);
      deleted += 1;
    }
    for (let index = 4; index <= 6; index++) await link.request(stream, `m${index}`, { timeoutMs: 2000 });
  });
  expect(deleted).toBe(1);
  expect(seen).toEqual(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
});

test('a stream whose head went back behind the reader stops it', async () => {
  const stream = await damagedStream(4, []);
  let replaced = false;
  const reading = readUntil(stream, 9, async () => {
    if (replaced) return;
    replaced = true;
    await callJetStream(link, `STREAM.DELETE.${stream}`);
    await callJetStream(link, `STREAM.CREATE.${stream}`, { name: stream, subjects: [stream], storage: 'file' });
  });
  await expect(reading).rejects.toMatchObject({ code: 'log-behind' });
});
