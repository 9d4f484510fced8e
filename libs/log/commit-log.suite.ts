import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import type { StoredCommit } from './commit-log.ts';
import type { WindowLog } from './window-log.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (stored: StoredCommit): string => `${stored.sequence} ${Buffer.from(stored.payload).toString()}`;

async function append(log: WindowLog, ...payloads: readonly string[]): Promise<void> {
  for (const payload of payloads) {
    const head = await log.head();
    const result = await log.append(bytes(payload), head.sequence);
    expect(result).toEqual({ outcome: 'appended', sequence: head.sequence + 1 });
  }
}

async function collect(reading: AsyncIterable<StoredCommit>): Promise<readonly string[]> {
  const seen: string[] = [];
  for await (const stored of reading) seen.push(text(stored));
  return seen;
}

/** The contract of CommitLog and WindowLog. `open` gives an empty log; the suite closes it. */
export function commitLogSuite(open: () => Promise<WindowLog>): void {
  let log: WindowLog;
  let stop: AbortController;
  beforeEach(async () => {
    log = await open();
    stop = new AbortController();
  });
  afterEach(async () => {
    stop.abort();
    await log.close();
  });

  test('an empty log ends at sequence 0', async () => {
    expect(await log.head()).toEqual({ sequence: 0 });
    expect(await log.first()).toBe(1);
  });

  test('commits get contiguous sequences from 1 and come back byte for byte', async () => {
    const binary = Uint8Array.from({ length: 256 }, (_, index) => index);
    expect(await log.append(binary, sequence(0))).toEqual({ outcome: 'appended', sequence: 1 });
    await append(log, 'b', 'c');
    const read: StoredCommit[] = [];
    for await (const stored of log.read({ from: sequence(1), until: sequence(3), signal: stop.signal }))
      read.push(stored);
    expect(read.map((stored) => stored.sequence)).toEqual([1, 2, 3]);
    expect(Buffer.from(read[0]!.payload).equals(binary)).toBe(true);
    expect(await log.head()).toEqual({ sequence: 3 });
  });

  test('a payload of several megabytes is taken and given back whole', async () => {
    const large = Buffer.alloc(6 * 1024 * 1024, 'taffrail');
    await log.append(large, sequence(0));
    for await (const stored of log.read({ from: sequence(1), until: sequence(1), signal: stop.signal })) {
      expect(Buffer.from(stored.payload).equals(large)).toBe(true);
    }
  });

  test('an append behind the head loses the fence, learns the head and stores nothing', async () => {
    await append(log, 'a', 'b');
    expect(await log.append(bytes('late'), sequence(1))).toEqual({ outcome: 'lost-fence', head: 2 });
    expect(await log.append(bytes('early'), sequence(7))).toEqual({ outcome: 'lost-fence', head: 2 });
    expect(await collect(log.read({ from: sequence(1), until: sequence(2), signal: stop.signal }))).toEqual([
      '1 a',
      '2 b',
    ]);
  });

  test('of many writers at one fence exactly one wins', async () => {
    for (let round = 0; round < 20; round++) {
      const results = await Promise.all(
        ['x', 'y', 'z'].map((writer) => log.append(bytes(`${writer}${round}`), sequence(round))),
      );
      expect(results.filter((result) => result.outcome === 'appended')).toHaveLength(1);
      expect(results.filter((result) => result.outcome === 'lost-fence')).toHaveLength(2);
    }
    expect(await log.head()).toEqual({ sequence: 20 });
  });

  test('a reader that waits at the head sees what is appended later', async () => {
    await append(log, 'a');
    const reading = log.read({ from: sequence(2), until: sequence(3), signal: stop.signal })[Symbol.asyncIterator]();
    const next = reading.next();
    await append(log, 'b', 'c');
    expect(text((await next).value as StoredCommit)).toBe('2 b');
    expect(text((await reading.next()).value as StoredCommit)).toBe('3 c');
    expect((await reading.next()).done).toBe(true);
  });

  test('an aborted reader ends with the code aborted', async () => {
    const reading = collect(log.read({ from: sequence(1), signal: stop.signal }));
    stop.abort();
    await expect(reading).rejects.toMatchObject({ code: 'aborted' });
  });

  test('two readers follow independently', async () => {
    await append(log, 'a', 'b', 'c');
    const [first, second] = await Promise.all([
      collect(log.read({ from: sequence(1), until: sequence(3), signal: stop.signal })),
      collect(log.read({ from: sequence(3), until: sequence(3), signal: stop.signal })),
    ]);
    expect(first).toEqual(['1 a', '2 b', '3 c']);
    expect(second).toEqual(['3 c']);
  });

  test('a trimmed log keeps its head, starts later, and refuses to read what is gone', async () => {
    await append(log, 'a', 'b', 'c', 'd');
    await log.trim(sequence(3));
    expect(await log.first()).toBe(3);
    expect(await log.head()).toEqual({ sequence: 4 });
    expect(await collect(log.read({ from: sequence(3), until: sequence(4), signal: stop.signal }))).toEqual([
      '3 c',
      '4 d',
    ]);
    await expect(
      collect(log.read({ from: sequence(1), until: sequence(4), signal: stop.signal })),
    ).rejects.toMatchObject({ code: 'log-gap' });
    await append(log, 'e');
    expect(await log.head()).toEqual({ sequence: 5 });
  });
}
