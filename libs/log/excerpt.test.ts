import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { generateCheckpointKey, signCheckpoint, type Checkpoint } from './checkpoint.ts';
import { firstNotBefore } from './commit-at-time.ts';
import type { Commit } from './commit.ts';
import type { CommitLog } from './commit-log.ts';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import { planExcerpt, requireWhole, type TimeRange } from './excerpt.ts';
import { memoryLog } from './memory-log.ts';
import { draftCommit, draftEvent } from './testing/drafts.ts';

const { signal } = new AbortController();
const key = generateCheckpointKey();

/** A log whose commits follow each other after these times, the first one at `beginMs`. */
async function logOf(
  steps: readonly number[],
  beginMs = 1_000,
): Promise<{ log: CommitLog; commits: readonly Commit[] }> {
  const log = memoryLog('LOG');
  const commits = [decodeCommit(encodeCommit({ ...draftCommit(), timeMs: beginMs }))];
  for (const step of steps) {
    const last = commits.at(-1)!;
    const draft = draftCommit(last, [draftEvent({ name: `o${commits.length}` })]);
    commits.push(decodeCommit(encodeCommit({ ...draft, timeMs: last.timeMs + step })));
  }
  for (const [index, { payload }] of commits.entries()) await log.append(payload, sequence(index));
  return { log, commits };
}

function signed({ sequence: at, hash, timeMs }: Commit, signedMs = timeMs): Checkpoint {
  return signCheckpoint({ log: 'LOG', sequence: at, hash, commitTimeMs: timeMs, signedMs }, key);
}

test('the first commit not before a time is found for every time, also where many have the same', async () => {
  const { log, commits } = await logOf([0, 0, 5, 1, 0, 0, 0, 9, 1, 1]);
  const whole = { first: sequence(1), until: sequence(commits.length) };
  for (let time = 990; time < 1_030; time++) {
    const expected = commits.find((commit) => commit.timeMs >= time)?.sequence ?? commits.length + 1;
    expect([time, await firstNotBefore(log, whole, time, signal)]).toEqual([time, expected]);
  }
});

test('the same across a restore, where sequences jump', async () => {
  const { log, commits } = await logOf([5, 5]);
  const last = commits.at(-1)!;
  const previous = { previousSegmentSequence: last.sequence, previousSegmentHash: last.hash };
  const genesis = decodeCommit(
    encodeCommit({
      ...draftCommit(last),
      sequence: sequence(5_000),
      timeMs: last.timeMs + 100,
      genesis: { incarnation: 'second', ...previous },
    }),
  );
  const next = decodeCommit(encodeCommit({ ...draftCommit(genesis, [draftEvent()]), timeMs: genesis.timeMs + 7 }));
  const all = [...commits, genesis, next];
  const jumping: CommitLog = {
    ...log,
    segments: () => [
      { stream: 'LOG', first: sequence(1) },
      { stream: 'LOG-2', first: sequence(5_000) },
    ],
    async *read({ from, until }) {
      // As JetStream does: who asks for what lies between two segments gets nothing.
      for (const { sequence: at, payload } of all)
        if (at >= from && at <= (until ?? at)) yield { sequence: at, payload };
    },
  };
  const whole = { first: sequence(1), until: sequence(5_001) };
  for (let time = 990; time < 1_130; time++) {
    const expected = all.find((commit) => commit.timeMs >= time)?.sequence ?? 5_002;
    expect([time, await firstNotBefore(jumping, whole, time, signal)]).toEqual([time, expected]);
  }
});

test('an excerpt holds its range whole, is signed at its end and reaches to what was kept; with less it is refused', async () => {
  const arbitrary = fc.record({
    steps: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 25 }),
    signedAt: fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 4 }),
    keptAt: fc.option(fc.integer({ min: 0, max: 25 }), { nil: undefined }),
    from: fc.integer({ min: -3, max: 60 }),
    length: fc.integer({ min: 0, max: 40 }),
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ steps, signedAt, keptAt, from, length }) => {
      const { log, commits } = await logOf(steps);
      const at = (index: number): Commit => commits[index % commits.length]!;
      const checkpoints = signedAt.map((index) => signed(at(index)));
      const kept = keptAt === undefined ? [] : [signed(at(keptAt))];
      const range: TimeRange = { fromMs: 1_000 + from, toMs: 1_000 + from + length };
      const whole = { first: sequence(1), until: sequence(commits.length) };
      const plan = await planExcerpt(log, whole, range, { checkpoints, kept }, signal);
      const until = plan.sign ? whole.until : plan.until;
      const inFile = commits.filter((commit) => commit.sequence >= plan.first && commit.sequence <= until);
      const inRange = commits.filter(({ timeMs }) => timeMs >= range.fromMs && timeMs <= range.toMs);
      for (const commit of [...inRange, ...kept]) expect(inFile.map((one) => one.sequence)).toContain(commit.sequence);

      const all = [...checkpoints, ...kept, ...(plan.sign ? [signed(commits.at(-1)!, range.toMs + 1)] : [])];
      const facts = (file: readonly Commit[]): Parameters<typeof requireWhole>[0] => ({
        log: 'LOG',
        cut: false,
        first: file[0]!,
        last: file.at(-1)!,
      });
      requireWhole(facts(inFile), range, all);
      // Without its first commit of the range, and without its last, a file no longer proves it.
      const later = inFile.filter((commit) => commit.sequence > (inRange[0]?.sequence ?? Number.POSITIVE_INFINITY));
      if (later.length > 0) expect(() => requireWhole(facts(later), range, all)).toThrow(/is not proven|nobody signed/);
      const last = inRange.at(-1)?.sequence ?? 0;
      const earlier = inFile.filter((commit) => commit.sequence < last);
      const early = all.filter((one) => one.signedMs < range.toMs);
      if (earlier.length > 0)
        expect(() => requireWhole(facts(earlier), range, early)).toThrow(/is not proven|nobody signed/);
    }),
    { numRuns: 300 },
  );
});

test('of a log that was cut off, an excerpt proves what was left of the range', async () => {
  const { commits } = await logOf([5, 5, 5]);
  const [, first, , last] = commits as [Commit, Commit, Commit, Commit];
  const range = { fromMs: 1_000, toMs: last.timeMs };
  const checkpoints = [{ ...signed(last), log: 'EVENTS' }];
  requireWhole({ log: 'EVENTS', cut: true, first, last }, range, checkpoints);
  expect(() => requireWhole({ log: 'EVENTS', cut: false, first, last }, range, checkpoints)).toThrow(/is not proven/);
});
