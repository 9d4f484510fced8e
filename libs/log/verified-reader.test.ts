import { expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import type { Commit } from './commit.ts';
import { encodeCommit } from './commit-codec.ts';
import { commitChain, draftCommit, draftEvent } from './testing/drafts.ts';
import { ensureGenesis } from './genesis.ts';
import { hashOf } from './hash-chain.ts';
import { memoryLog } from './memory-log.ts';
import { readVerified, type ReadStart } from './verified-reader.ts';
import type { WindowLog } from './window-log.ts';

const signal = new AbortController().signal;
const chain = commitChain(
  [draftEvent()],
  [draftEvent({ name: 'b' }), draftEvent({ name: 'c' })],
  [draftEvent({ name: 'd' })],
);

async function logOf(payloads: readonly Uint8Array[]): Promise<WindowLog> {
  const log = memoryLog('LOG');
  for (const [index, payload] of payloads.entries()) await log.append(payload, sequence(index));
  return log;
}

async function readAll(log: WindowLog, start: ReadStart): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  const until = (await log.head()).sequence;
  for await (const commit of readVerified(log, { start, until, signal })) commits.push(commit);
  return commits;
}

test('a whole log reads from its genesis to its head', async () => {
  const log = await logOf(chain.map((commit) => commit.payload));
  const read = await readAll(log, { at: 'genesis' });
  expect(read.map((commit) => commit.hash)).toEqual(chain.map((commit) => commit.hash));
});

test('a reader resumes behind a commit it trusts', async () => {
  const log = await logOf(chain.map((commit) => commit.payload));
  const { sequence: at, hash, timeMs } = chain[1]!;
  const read = await readAll(log, { at: 'after', sequence: at, hash, timeMs });
  expect(read.map((commit) => commit.sequence)).toEqual([3, 4]);
});

test('a reader that trusted another history stops at once', async () => {
  const log = await logOf(chain.map((commit) => commit.payload));
  const start: ReadStart = { at: 'after', sequence: sequence(2), hash: hashOf(Buffer.from('other')), timeMs: 0 };
  await expect(readAll(log, start)).rejects.toMatchObject({ code: 'log-corrupt' });
});

test('a changed object byte is found at the next commit', async () => {
  const payloads = chain.map((commit) => Buffer.from(commit.payload));
  const damaged = payloads[1]!;
  damaged[damaged.length - 3] = damaged[damaged.length - 3]! ^ 1;
  await expect(readAll(await logOf(payloads), { at: 'genesis' })).rejects.toMatchObject({
    code: 'log-corrupt',
    message: expect.stringContaining('commit 3 does not continue commit 2'),
  });
});

test('a commit that was left out is found', async () => {
  const payloads = chain.filter((commit) => commit.sequence !== 3).map((commit) => commit.payload);
  await expect(readAll(await logOf(payloads), { at: 'genesis' })).rejects.toMatchObject({ code: 'log-corrupt' });
});

test('time that goes back is found', async () => {
  const previous = chain[0]!;
  const older = encodeCommit({ ...draftCommit(previous, [draftEvent()]), timeMs: previous.timeMs - 1 });
  await expect(readAll(await logOf([previous.payload, older]), { at: 'genesis' })).rejects.toMatchObject({
    code: 'log-corrupt',
    message: expect.stringContaining('older than the commit before it'),
  });
});

test('a log that does not open with a genesis is refused, and so is a genesis in its middle', async () => {
  const event = encodeCommit({
    ...draftCommit(chain[0], [draftEvent()]),
    sequence: sequence(1),
    previousHash: chain[0]!.previousHash,
  });
  await expect(readAll(await logOf([event]), { at: 'genesis' })).rejects.toMatchObject({ code: 'log-corrupt' });
  const second = encodeCommit({
    ...draftCommit(),
    sequence: sequence(2),
    previousHash: chain[0]!.hash,
    timeMs: chain[0]!.timeMs,
  });
  await expect(readAll(await logOf([chain[0]!.payload, second]), { at: 'genesis' })).rejects.toMatchObject({
    message: expect.stringContaining('genesis in the middle'),
  });
});

test('a trimmed log is verified from its first commit on', async () => {
  const log = await logOf(chain.map((commit) => commit.payload));
  await log.trim(sequence(3));
  const read = await readAll(log, { at: 'first', sequence: await log.first() });
  expect(read.map((commit) => commit.sequence)).toEqual([3, 4]);
  await expect(readAll(log, { at: 'genesis' })).rejects.toMatchObject({ code: 'log-gap' });
});

test('a new log is given exactly one genesis, whoever asks', async () => {
  const log = memoryLog('LOG');
  await Promise.all(['x', 'y'].map((incarnation) => ensureGenesis(log, { incarnation, nowMs: 5 })));
  await ensureGenesis(log, { incarnation: 'z', nowMs: 6 });
  const read = await readAll(log, { at: 'genesis' });
  expect(read).toHaveLength(1);
  expect(read[0]).toMatchObject({ sequence: 1, timeMs: 5, genesis: { incarnation: 'x' } });
});
