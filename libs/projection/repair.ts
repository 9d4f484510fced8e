import { inspectCommit, type InspectedCommit } from '@taffrail/log/commit-codec';
import type { NatsLink } from '@taffrail/log/connect';
import { hashOf } from '@taffrail/log/hash-chain';
import {
  fillSegment,
  logStreams,
  newestCopies,
  sealStream,
  type FillingSegment,
  type LogStream,
} from '@taffrail/log/segments';
import { storedAt } from '@taffrail/log/stored-commit';
import { chainProblem, expectation, type Expectation } from '@taffrail/log/verified-reader';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { unbindFrom } from './chapters.ts';
import { query, type Database } from './database.ts';

/*
 * The log and the second copy in Postgres are the same commits, stored by two programs that share nothing but the disk.
 * A repair walks both side by side and takes, for every sequence, the one that is whole and continues the chain. It never
 * changes a damaged stream: what is whole goes into a new one with the same first sequence, which takes over at the end.
 */

export interface RepairOptions {
  readonly link: NatsLink;
  readonly database: Database;
  readonly log: string;
  readonly trimmable: boolean;
  readonly signal: AbortSignal;
  onProgress?(at: Sequence): void;
}

/** One commit that the log does not have as it should. */
export interface Damage {
  readonly sequence: Sequence;
  readonly what: 'missing' | 'altered';
}

/** What a walk over both copies found. */
export interface Survey {
  readonly log: string;
  readonly commits: number;
  readonly head: Sequence;
  readonly hash: string;
  /** Commits to be restored from Postgres. */
  readonly damaged: readonly Damage[];
  /** Commits that Postgres should have as well and has not, or not as they are in the log. */
  readonly copyDamaged: readonly Sequence[];
}

export interface Repair extends Survey {
  /** Streams that were replaced, with what replaced them. The old ones are sealed and kept. */
  readonly replaced: readonly { readonly stream: string | undefined; readonly by: string }[];
}

/** Compares both copies and changes nothing. Throws OperatingError `log-gap` when a commit is whole in neither. */
export async function surveyLog(options: RepairOptions): Promise<Survey> {
  const segments = await segmentsOf(options);
  const found = { commits: 0, head: sequence(0), hash: '', damaged: [] as Damage[], copyDamaged: [] as Sequence[] };
  for await (const { commit, damage, copyDamaged } of wholeCommits(options, segments)) {
    found.commits += 1;
    found.head = commit.sequence;
    found.hash = commit.hash;
    if (damage !== undefined) found.damaged.push({ sequence: commit.sequence, what: damage });
    if (copyDamaged) found.copyDamaged.push(commit.sequence);
    options.onProgress?.(commit.sequence);
  }
  return { log: options.log, ...found };
}

/**
 * Restores every damaged segment into a new stream and every damaged row of the second copy. Nothing counts before the new
 * stream is complete; a repair that was broken off is taken up by the next one. Processes that have the log open must open
 * it again afterwards: the old stream takes no more writes. Throws as `surveyLog` does.
 */
export async function repairLog(options: RepairOptions): Promise<Repair> {
  const { link, log, trimmable, signal } = options;
  const before = await surveyLog(options);
  const segments = await segmentsOf(options);
  const broken = segments.filter((segment) =>
    before.damaged.some((damage) => damage.sequence >= segment.start && damage.sequence <= segment.end),
  );
  for (const { stream } of broken) if (stream !== undefined) await sealStream(link, stream);
  const filling = new Map<Segment, FillingSegment>();
  const heads = new Map<Segment, Sequence>();
  for (const segment of broken) {
    const first = trimmable ? segment.start : segment.first;
    const filled = await fillSegment(link, { log, trimmable, segment: segment.number, first });
    filling.set(segment, filled);
    heads.set(segment, (await filled.log.head(signal)).sequence);
  }
  for await (const { commit, payload, segment, copyDamaged } of wholeCommits(options, segments)) {
    if (copyDamaged) await restoreCopy(options, commit, payload);
    const filled = filling.get(segment);
    if (filled === undefined || commit.sequence <= (heads.get(segment) ?? 0)) continue;
    const result = await filled.log.append(payload, sequence(commit.sequence - 1), signal);
    if (result.outcome === 'appended') continue;
    throw new OperatingError('protocol', `stream ${filled.stream}: someone else writes to it`);
  }
  // The last first: while an earlier one is still to be taken over, the log is as damaged as it was.
  for (const segment of broken.toReversed()) await filling.get(segment)?.complete();
  const replaced = broken.map((segment) => ({ stream: segment.stream, by: filling.get(segment)?.stream ?? '' }));
  return { ...before, replaced };
}

interface Segment {
  readonly number: number;
  /** Undefined: its stream is gone. */
  readonly stream: string | undefined;
  readonly first: Sequence;
  /** First and last commit it should have. */
  readonly start: Sequence;
  readonly end: Sequence;
}

/** The segments there should be, from what there is of streams and of the second copy. */
async function segmentsOf({ link, database, log, trimmable }: RepairOptions): Promise<readonly Segment[]> {
  const streams = newestCopies(await logStreams(link, log));
  const openings = await openingsInCopy(database, log);
  const firsts = new Set<number>([...streams.map(({ first }) => first), ...(trimmable ? [] : openings)]);
  const ordered = [...firsts].toSorted((a, b) => a - b);
  const base = trimmable ? (streams[0]?.segment ?? 1) : 1;
  return await Promise.all(
    ordered.map(async (first, index) => {
      const stream = streams.find((one) => one.first === first);
      const next = ordered[index + 1];
      const copied = await lastInCopy(database, log, next);
      return {
        number: base + index,
        stream: stream?.stream,
        first: sequence(first),
        start: startOf(stream, first, trimmable),
        end: sequence(Math.max(stream?.last ?? 0, copied)),
      };
    }),
  );
}

function startOf(stream: LogStream | undefined, first: number, trimmable: boolean): Sequence {
  return trimmable && stream !== undefined ? stream.start : sequence(first);
}

/** Where the second copy has a genesis: where segments begin. */
async function openingsInCopy(database: Database, log: string): Promise<readonly number[]> {
  const rows = await query(
    async () =>
      await database<{ sequence: number; payload: Buffer }[]>`
      SELECT sequence, payload FROM commits c WHERE log = ${log}
        AND NOT EXISTS (SELECT FROM commits p WHERE p.log = c.log AND p.sequence = c.sequence - 1)`,
  );
  return rows.filter((row) => inspected(row.payload, row.sequence)?.genesis !== undefined).map((row) => row.sequence);
}

async function lastInCopy(database: Database, log: string, before: number | undefined): Promise<number> {
  const [row] = await query(
    async () =>
      await database<{ last: number | null }[]>`
      SELECT max(sequence) AS last FROM commits
      WHERE log = ${log} AND sequence < ${before ?? Number.MAX_SAFE_INTEGER}`,
  );
  return row?.last ?? 0;
}

interface WholeCommit {
  readonly commit: InspectedCommit;
  readonly payload: Uint8Array;
  readonly segment: Segment;
  readonly damage: Damage['what'] | undefined;
  readonly copyDamaged: boolean;
}

/** Every commit of the log, whole and in order, from whichever copy has it. */
async function* wholeCommits(options: RepairOptions, segments: readonly Segment[]): AsyncGenerator<WholeCommit> {
  const { database, log, trimmable } = options;
  const [position] = await query(
    async () => await database<{ sequence: number }[]>`SELECT sequence FROM projection WHERE log = ${log}`,
  );
  const projected = position?.sequence ?? 0;
  let previous: Expectation | undefined;
  for (const segment of segments) {
    for (let from: number = segment.start; from <= segment.end; from += limits.repairWindowCount) {
      const to = Math.min(segment.end, from + limits.repairWindowCount - 1);
      for (const pair of await pairsOf(options, segment, from, to)) {
        const at = sequence(pair.sequence);
        previous ??= expectation(trimmable ? { at: 'first', sequence: at } : { at: 'genesis' });
        const whole = chosen(pair, previous);
        if (whole === undefined) {
          throw new OperatingError(
            'log-gap',
            `log ${log}: commit ${at} is whole in neither copy; only a backup has what comes from there on`,
          );
        }
        const { commit, payload } = whole;
        previous = { sequence: at, hash: commit.hash, timeMs: commit.timeMs };
        yield {
          commit,
          payload,
          segment,
          damage: damageOf(pair.stored, payload),
          copyDamaged: at <= projected && damageOf(pair.copied?.payload, payload) !== undefined,
        };
      }
    }
  }
}

interface Pair {
  readonly sequence: number;
  readonly stored: Uint8Array | undefined;
  readonly copied: { readonly hash: string; readonly payload: Buffer } | undefined;
}

async function pairsOf(options: RepairOptions, segment: Segment, from: number, to: number): Promise<readonly Pair[]> {
  const { link, database, log, signal } = options;
  signal.throwIfAborted();
  const rows = await query(
    async () =>
      await database<{ sequence: number; hash: string; payload: Buffer }[]>`
      SELECT sequence, hash, payload FROM commits WHERE log = ${log} AND sequence BETWEEN ${from} AND ${to}`,
  );
  const copied = new Map(rows.map((row) => [row.sequence, row]));
  const { stream } = segment;
  return await Promise.all(
    Array.from({ length: to - from + 1 }, async (_, index) => ({
      sequence: from + index,
      stored: stream === undefined ? undefined : await storedAt(link, stream, sequence(from + index), signal),
      copied: copied.get(from + index),
    })),
  );
}

/** The copy that continues the chain; where both do and differ, the one Postgres noted the hash of. */
function chosen(
  { sequence: at, stored, copied }: Pair,
  previous: Expectation,
): { readonly commit: InspectedCommit; readonly payload: Uint8Array } | undefined {
  const trusted = copied !== undefined && hashOf(copied.payload) === copied.hash ? copied.payload : undefined;
  for (const payload of [trusted, stored]) {
    if (payload === undefined) continue;
    const commit = inspected(payload, at);
    if (commit !== undefined && chainProblem(commit, previous) === undefined) return { commit, payload };
  }
  return undefined;
}

function inspected(payload: Uint8Array, at: number): InspectedCommit | undefined {
  try {
    return inspectCommit(payload, sequence(at));
  } catch (error) {
    // A newer format is no damage, and nothing this build may judge.
    if (error instanceof OperatingError && error.code === 'log-corrupt') return undefined;
    throw error;
  }
}

function damageOf(found: Uint8Array | undefined, whole: Uint8Array): Damage['what'] | undefined {
  if (found === undefined) return 'missing';
  return Buffer.compare(found, whole) === 0 ? undefined : 'altered';
}

async function restoreCopy(
  { database, log }: RepairOptions,
  commit: InspectedCommit,
  payload: Uint8Array,
): Promise<void> {
  const { sequence: at, hash, timeMs } = commit;
  await query(
    async () =>
      await database.begin(async (transaction) => {
        await transaction`
          INSERT INTO commits (log, sequence, hash, time_ms, payload)
          VALUES (${log}, ${at}, ${hash}, ${timeMs}, ${Buffer.from(payload)})
          ON CONFLICT (log, sequence) DO UPDATE SET hash = excluded.hash, time_ms = excluded.time_ms, payload = excluded.payload`;
        if (log === 'LOG') await unbindFrom(transaction, at);
      }),
  );
}
