import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import type { NatsLink } from './connect.ts';
import { callJetStream } from './jetstream-api.ts';
import { pullStream } from './pull-reader.ts';
import { EVERY_DEFENCE, type ReaderDefences } from './reader-defences.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';

/*
 * Each trap twice: with the reader as it is, and without the one defence that is for it. Where the second reader is not
 * caught, the trap is gone (or was never tested), and the test says so by failing.
 */

let nats: NatsForTest;
let link: NatsLink;
let writer: NatsLink;
beforeEach(async () => {
  nats = await startNatsForTest();
  const plain = await nats.link();
  // Ten times as fast, so that the reader's own timers are due soon.
  const clock = {
    ...systemClock,
    monotonicMs: () => systemClock.monotonicMs() * 10,
    after: (ms: number, task: () => void) => systemClock.after(ms / 10, task),
  };
  link = { ...plain, clock };
  writer = await nats.link();
});
afterEach(() => nats.stop());

async function makeStream(): Promise<void> {
  await callJetStream(link, 'STREAM.CREATE.TRAP', { name: 'TRAP', subjects: ['trap'], storage: 'file' });
}

async function publish(...payloads: readonly string[]): Promise<void> {
  for (const payload of payloads) await writer.request('trap', payload, { timeoutMs: 2_000 });
}

interface Reading {
  /** What came, in order. */
  readonly seen: readonly string[];
  /** What ended the reading, when something did. */
  failure(): unknown;
  /** Whether what came is this, before `withinMs` is over. */
  hasSeen(expected: readonly string[], withinMs: number): Promise<boolean>;
  [Symbol.asyncDispose](): Promise<void>;
}

function read(options: {
  readonly from?: number;
  readonly contiguous?: boolean;
  readonly without?: keyof ReaderDefences | readonly (keyof ReaderDefences)[];
  readonly onMessage?: (payload: string) => Promise<void>;
}): Reading {
  const { from = 1, contiguous = true, without = [], onMessage } = options;
  const off = [without].flat().map((name) => [name, false] as const);
  const defences: ReaderDefences = { ...EVERY_DEFENCE, ...Object.fromEntries(off) };
  const stop = new AbortController();
  const seen: string[] = [];
  let failure: unknown;
  const reading = (async () => {
    const pull = { stream: 'TRAP', from: sequence(from), contiguous, defences, signal: stop.signal };
    for await (const { payload } of pullStream(link, pull)) {
      const text = Buffer.from(payload).toString();
      seen.push(text);
      await onMessage?.(text);
    }
  })().catch((error: unknown) => {
    failure = error;
  });
  return {
    seen,
    failure: () => failure,
    async hasSeen(expected, withinMs) {
      const endMs = systemClock.monotonicMs() + withinMs;
      while (systemClock.monotonicMs() < endMs) {
        if (JSON.stringify(seen) === JSON.stringify(expected)) return true;
        await systemClock.sleep(20);
      }
      return false;
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}

async function restart(end: () => Promise<void> = nats.kill): Promise<void> {
  const before = [link, writer].map((one) => one.connections());
  await end();
  await nats.start();
  while ([link, writer].some((one, index) => one.connections() === before[index])) await systemClock.sleep(10);
}

/** Longer than every timer of the reader, watchdog included, on its fast clock. */
const LONG_MS = 2_500;

test('after a restart of the server a reader that keeps its consumer stalls; one that renews it goes on', async () => {
  await makeStream();
  await publish('1', '2');
  await using stalled = read({ without: ['renewal', 'watchdog'] });
  await using watched = read({ without: 'renewal' });
  await using whole = read({});
  for (const reading of [stalled, watched, whole]) expect(await reading.hasSeen(['1', '2'], 5_000)).toBe(true);
  await restart();
  await publish('3', '4');
  expect(await whole.hasSeen(['1', '2', '3', '4'], 5_000)).toBe(true);
  // The watchdog alone helps as well, only later.
  expect(await watched.hasSeen(['1', '2', '3', '4'], 5_000)).toBe(true);
  await systemClock.sleep(LONG_MS);
  expect(stalled.seen).toEqual(['1', '2']);
});

test('a renewed consumer that starts at what is new passes over what came meanwhile; one behind the cursor does not', async () => {
  await makeStream();
  await publish('1');
  const consumers = async (): Promise<readonly { readonly name: string }[]> =>
    (await callJetStream<{ consumers: readonly { name: string }[] }>(link, 'CONSUMER.LIST.TRAP')).consumers;
  const dropConsumers = async (payload: string): Promise<void> => {
    if (payload !== '2') return;
    for (const { name } of await consumers()) await callJetStream(link, `CONSUMER.DELETE.TRAP.${name}`);
    await publish('3', '4');
  };
  for (const { without, expected } of [
    { without: [], expected: ['2', '3', '4'] },
    { without: ['cursor'], expected: ['2'] },
  ] as const) {
    await using reading = read({ from: 2, contiguous: false, without, onMessage: dropConsumers });
    await expect.poll(async () => (await consumers()).length, { timeout: 10_000 }).toBe(1);
    await publish('2');
    await systemClock.sleep(LONG_MS);
    expect(reading.seen).toEqual(expected);
    await reading[Symbol.asyncDispose]();
    await callJetStream(link, 'STREAM.DELETE.TRAP');
    await makeStream();
    await publish('1');
  }
});

test("the client library's ordered consumer of what is new delivers everything again after a restart; ours does not", async () => {
  await makeStream();
  await publish('1', '2');
  const manager = await jetstreamManager(writer.connection);
  expect((await manager.streams.info('TRAP')).state.last_seq).toBe(2);
  const library = await jetstream(writer.connection).consumers.get('TRAP', { deliver_policy: DeliverPolicy.New });
  const messages = await library.consume({ expires: 2_000, idle_heartbeat: 500 });
  const again: string[] = [];
  const consuming = (async () => {
    for await (const message of messages) again.push(message.string());
  })();
  await using ours = read({ from: 3 });
  await systemClock.sleep(500);
  await restart();
  await publish('3');
  expect(await ours.hasSeen(['3'], 5_000)).toBe(true);
  const endMs = systemClock.monotonicMs() + 15_000;
  while (again.length < 3 && systemClock.monotonicMs() < endMs) await systemClock.sleep(50);
  await messages.close();
  await consuming;
  expect(again).toEqual(['1', '2', '3']);
  expect(ours.seen).toEqual(['3']);
});

test('a message that is missing is passed over by a reader that does not count, and stops one that does', async () => {
  await makeStream();
  await publish('1', '2', '3');
  await callJetStream(link, 'STREAM.MSG.DELETE.TRAP', { seq: 2 });
  await using careless = read({ contiguous: false });
  await using whole = read({});
  expect(await careless.hasSeen(['1', '3'], 5_000)).toBe(true);
  await systemClock.sleep(LONG_MS);
  expect(careless.failure()).toBeUndefined();
  expect(whole.seen).toEqual(['1']);
  expect(whole.failure()).toMatchObject({ code: 'log-gap' });
});

test('a message missing at the end is noticed by the watchdog alone', async () => {
  await makeStream();
  await publish('1', '2');
  await callJetStream(link, 'STREAM.MSG.DELETE.TRAP', { seq: 2 });
  await using unwatched = read({ without: 'watchdog' });
  await using whole = read({});
  await systemClock.sleep(LONG_MS);
  expect(whole.failure()).toMatchObject({ code: 'log-gap' });
  expect(unwatched.failure()).toBeUndefined();
  expect(unwatched.seen).toEqual(['1']);
});

test('a head that went back is noticed by the watchdog alone; without it rewritten history is read as if it followed', async () => {
  const rewrite = async (payload: string): Promise<void> => {
    if (payload !== '2') return;
    await callJetStream(link, 'STREAM.DELETE.TRAP');
    await makeStream();
  };
  await makeStream();
  await publish('1', '2');
  await using whole = read({ onMessage: rewrite });
  await systemClock.sleep(LONG_MS);
  expect(whole.failure()).toMatchObject({ code: 'log-behind' });
  await publish('1', '2');
  await using unwatched = read({ without: 'watchdog', onMessage: rewrite });
  await systemClock.sleep(LONG_MS);
  await publish('other 1', 'other 2', 'other 3');
  expect(await unwatched.hasSeen(['1', '2', 'other 3'], 5_000)).toBe(true);
  expect(unwatched.failure()).toBeUndefined();
});

test('a stream that is gone stops the reader with its name', async () => {
  await makeStream();
  await publish('1');
  await using whole = read({});
  expect(await whole.hasSeen(['1'], 5_000)).toBe(true);
  await callJetStream(link, 'STREAM.DELETE.TRAP');
  await systemClock.sleep(LONG_MS);
  expect(whole.failure()).toMatchObject({ code: 'log-gap', message: 'stream TRAP does not exist' });
});

test('a bit flipped on disk makes the server pass over a message in silence; a reader that counts stops at it', async () => {
  await makeStream();
  await publish('first', 'second', 'third');
  await nats.shutDown();
  const directory = join(nats.storeDir, 'streams');
  let flipped = 0;
  for (const entry of (await readdir(directory, { recursive: true })).filter((name) => name.endsWith('.blk'))) {
    const bytes = await readFile(join(directory, entry));
    const at = bytes.indexOf('second');
    if (at === -1) continue;
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await writeFile(join(directory, entry), bytes);
    flipped += 1;
  }
  expect(flipped).toBe(1);
  await nats.start();
  await using careless = read({ contiguous: false });
  await using whole = read({});
  expect(await careless.hasSeen(['first', 'third'], 5_000)).toBe(true);
  await systemClock.sleep(LONG_MS);
  expect(careless.failure()).toBeUndefined();
  expect(whole.failure()).toMatchObject({ code: 'log-gap', message: expect.stringContaining('2') as string });
});
