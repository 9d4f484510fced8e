import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import { commitTail, type CommitTail } from './commit-tail.ts';
import type { Commit } from './commit.ts';
import { memoryLog } from './memory-log.ts';
import { commitChain, draftCommit, draftEvent } from './testing/drafts.ts';
import type { ReadStart } from './verified-reader.ts';
import type { WindowLog } from './window-log.ts';

const GENESIS: ReadStart = { at: 'genesis' };
const chain = commitChain(...Array.from({ length: 9 }, (_, index) => [draftEvent({ name: `c${index}` })]));

let log: WindowLog;
/** Commits that each reading of the log has delivered. */
let readings: number[];
let stop: AbortController;
beforeEach(() => {
  const memory = memoryLog('LOG');
  readings = [];
  stop = new AbortController();
  log = {
    ...memory,
    async *read(options) {
      const reading = readings.push(0) - 1;
      for await (const commit of memory.read(options)) {
        readings[reading]! += 1;
        yield commit;
      }
    },
  };
});
afterEach(() => stop.abort());

async function append(...commits: readonly Commit[]): Promise<void> {
  for (const { payload, sequence: at } of commits) await log.append(payload, sequence(at - 1));
}

function open(start: ReadStart = GENESIS): CommitTail {
  return commitTail({ log, start, signal: stop.signal });
}

async function take(commits: AsyncGenerator<Commit>, count: number): Promise<readonly number[]> {
  const taken: number[] = [];
  while (taken.length < count) taken.push(((await commits.next()).value as Commit).sequence);
  return taken;
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, index) => index + 1);
const settled = async (): Promise<void> => await new Promise((resolve) => setTimeout(resolve, 5));

test('all followers see every commit, and the log is read once', async () => {
  const tail = open();
  const followers = [tail.follow(GENESIS, stop.signal), tail.follow(GENESIS, stop.signal)];
  const taken = followers.map(async (follower) => await take(follower, 10));
  await append(...chain);
  expect(await Promise.all(taken)).toEqual([upTo(10), upTo(10)]);
  expect(readings).toEqual([10]);
});

test('who starts further back reads up to the others by itself, and goes on with them', async () => {
  await append(...chain.slice(0, 6));
  const tail = open();
  await settled();
  const late = tail.follow(GENESIS, stop.signal);
  expect(await take(late, 6)).toEqual(upTo(6));
  await append(...chain.slice(6));
  expect(await take(late, 4)).toEqual([7, 8, 9, 10]);
  expect(readings).toEqual([10, 6]);
});

test('who starts further on gets what is new to it', async () => {
  const tail = open();
  const { sequence: at, hash, timeMs } = chain[7]!;
  const ahead = tail.follow({ at: 'after', sequence: at, hash, timeMs }, stop.signal);
  const next = take(ahead, 2);
  await append(...chain);
  expect(await next).toEqual([9, 10]);
});

test('who starts now gets what comes from now on', async () => {
  await append(...chain.slice(0, 3));
  const tail = open();
  await settled();
  const next = take(tail.follow('now', stop.signal), 1);
  await append(...chain.slice(3, 4));
  expect(await next).toEqual([4]);
});

test('who knows another history is told', async () => {
  const tail = open();
  const stranger = { at: 'after', sequence: sequence(2), hash: chain[5]!.hash, timeMs: 0 } as const;
  const next = tail.follow(stranger, stop.signal).next();
  await append(...chain.slice(0, 3));
  await expect(next).rejects.toMatchObject({ code: 'log-corrupt' });
});

test('a follower that falls behind further than the bound reads by itself, without a gap or a repeat', async () => {
  const large = Buffer.alloc(limits.tailLagBytes / 4, 'x');
  const commits = commitChain(
    ...Array.from({ length: 7 }, (_, index) => [draftEvent({ name: `l${index}`, object: large })]),
  );
  const tail = open();
  const slow = tail.follow(GENESIS, stop.signal);
  const quick = take(tail.follow(GENESIS, stop.signal), commits.length);
  await append(commits[0]!);
  expect(await take(slow, 1)).toEqual([1]);
  await append(...commits.slice(1));
  expect(await quick).toEqual(upTo(commits.length));
  expect(readings.length).toBe(1);
  expect(await take(slow, commits.length - 1)).toEqual(upTo(commits.length).slice(1));
  expect(readings.length).toBe(2);
});

test('a commit that was expected is handed on as it is when the log gives back the same bytes', async () => {
  const tail = open();
  const commit = chain[0]!;
  tail.expect(commit);
  const next = tail.follow(GENESIS, stop.signal).next();
  await append(commit);
  expect((await next).value).toBe(commit);
});

test('other bytes than those that were expected are what counts', async () => {
  const tail = open();
  const other = decodeCommit(encodeCommit({ ...draftCommit(), timeMs: 5 }));
  tail.expect(other);
  const next = tail.follow(GENESIS, stop.signal).next();
  await append(chain[0]!);
  expect((await next).value).toMatchObject({ hash: chain[0]!.hash });
});

test('a damaged log ends every follower, also one that comes later', async () => {
  const tail = open();
  const followers = [tail.follow(GENESIS, stop.signal), tail.follow('now', stop.signal)].map((one) => one.next());
  await log.append(chain[3]!.payload, sequence(0));
  for (const next of followers) await expect(next).rejects.toMatchObject({ code: 'log-corrupt' });
  await expect(tail.follow('now', stop.signal).next()).rejects.toMatchObject({ code: 'log-corrupt' });
});

test('a follower ends with its own signal, and with the tail', async () => {
  const tail = open();
  const own = new AbortController();
  const [ended, closed] = [tail.follow(GENESIS, own.signal).next(), tail.follow(GENESIS, stop.signal).next()];
  own.abort();
  await expect(ended).rejects.toMatchObject({ code: 'aborted' });
  stop.abort();
  await expect(closed).rejects.toMatchObject({ code: 'aborted' });
});
