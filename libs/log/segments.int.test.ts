import { afterAll, beforeAll, expect, test } from 'vitest';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import { openingOf } from './commit-log.ts';
import type { Commit } from './commit.ts';
import type { NatsLink } from './connect.ts';
import { openSegment } from './genesis.ts';
import { callJetStream } from './jetstream-api.ts';
import { openJetStreamLog } from './jetstream-log.ts';
import { fillSegment, logStreams } from './segments.ts';
import { draftCommit, draftEvent } from './testing/drafts.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';
import { readVerified, type ReadStart } from './verified-reader.ts';
import type { WindowLog } from './window-log.ts';

let nats: NatsForTest;
let link: NatsLink;
beforeAll(async () => {
  nats = await startNatsForTest();
  link = await nats.link();
});
afterAll(() => nats.stop());

const OPENED = sequence(1_790_000_000_000);

async function append(log: WindowLog, previous: Commit | undefined, name?: string): Promise<Commit> {
  const commit = decodeCommit(encodeCommit(draftCommit(previous, name === undefined ? [] : [draftEvent({ name })])));
  expect(await log.append(commit.payload, sequence(commit.sequence - 1))).toMatchObject({ outcome: 'appended' });
  return commit;
}

/** A log of three commits and, behind a restore, a segment of a genesis and one commit more. */
async function restoredLog(name: string): Promise<{ readonly old: readonly Commit[]; readonly log: WindowLog }> {
  const first = await openJetStreamLog(link, { name, trimmable: false });
  const genesis = await append(first, undefined);
  const a = await append(first, genesis, 'a');
  const b = await append(first, a, 'b');
  const filling = await fillSegment(link, { log: name, trimmable: false, segment: 2, first: OPENED });
  await openSegment(filling.log, { first: OPENED, incarnation: 'second', nowMs: b.timeMs + 5, previous: b });
  expect((await logStreams(link, name)).length).toBe(2);
  // As long as it is being filled it is not part of the log.
  expect(await (await openJetStreamLog(link, { name, trimmable: false })).head()).toEqual({ sequence: 3 });
  await filling.complete();
  const log = await openJetStreamLog(link, { name, trimmable: false });
  const [opening] = await readFrom(log, { at: 'after', sequence: b.sequence, hash: b.hash, timeMs: b.timeMs });
  await append(log, opening, 'c');
  return { old: [genesis, a, b], log };
}

async function readFrom(log: WindowLog, start: ReadStart, until?: Sequence): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  const end = until ?? (await log.head()).sequence;
  const { signal } = new AbortController();
  for await (const commit of readVerified(log, { start, until: end, signal })) commits.push(commit);
  return commits;
}

test('a log of two segments reads as one, jumps only at the genesis of the second, and is written at its end', async () => {
  const { log, old } = await restoredLog('TWO');
  const whole = await readFrom(log, { at: 'genesis' });
  expect(whole.map((commit) => commit.sequence)).toEqual([1, 2, 3, OPENED, OPENED + 1]);
  expect(whole[3]?.genesis).toEqual({
    incarnation: 'second',
    previousSegmentSequence: 3,
    previousSegmentHash: old[2]?.hash,
  });
  expect(openingOf(log)).toBe(OPENED);
  expect((await readFrom(log, { at: 'genesis' }, sequence(2))).map((commit) => commit.sequence)).toEqual([1, 2]);
  expect((await readFrom(log, { at: 'genesis' }, sequence(77))).map((commit) => commit.sequence)).toEqual([1, 2, 3]);
  expect(await log.first()).toBe(1);
});

test('a segment that does not continue the one before it is refused', async () => {
  const { log } = await restoredLog('FORGED');
  const other = {
    ...log,
    async *read(options: Parameters<WindowLog['read']>[0]) {
      for await (const stored of log.read(options)) if (stored.sequence !== 3) yield stored;
    },
  };
  await expect(readFrom(other, { at: 'genesis' })).rejects.toMatchObject({
    code: 'log-gap',
    message: expect.stringContaining('commit 3 is missing') as string,
  });
});

test('a segment whose stream is gone is missed before anything is read', async () => {
  await restoredLog('GONE');
  await callJetStream(link, 'STREAM.DELETE.GONE');
  await expect(openJetStreamLog(link, { name: 'GONE', trimmable: false })).rejects.toMatchObject({
    code: 'log-gap',
    message: expect.stringContaining('segment 1') as string,
  });
});

test('a copy takes the place of a segment in one step, and one that was begun is taken up again', async () => {
  const { log: damaged } = await restoredLog('COPIED');
  const options = { log: 'COPIED', trimmable: false, segment: 1, first: sequence(1) };
  const begun = await fillSegment(link, options);
  const { signal } = new AbortController();
  for await (const { payload, sequence: at } of damaged.read({ from: sequence(1), until: sequence(2), signal })) {
    await begun.log.append(payload, sequence(at - 1));
  }
  const again = await fillSegment(link, options);
  expect(again.stream).toBe(begun.stream);
  expect(await again.log.head()).toEqual({ sequence: 2 });
  for await (const { payload } of damaged.read({ from: sequence(3), until: sequence(3), signal })) {
    await again.log.append(payload, sequence(2));
  }
  await again.complete();
  const log = await openJetStreamLog(link, { name: 'COPIED', trimmable: false });
  expect(log.segments?.().map((segment) => segment.stream)).toEqual([again.stream, 'COPIED-2']);
  expect((await readFrom(log, { at: 'genesis' })).length).toBe(5);
});
