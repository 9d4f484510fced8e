import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { inspectCommit, type InspectedCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';

/** A stretch of a log: its first and its last commit. */
export interface Stretch {
  readonly first: Sequence;
  readonly until: Sequence;
}

/**
 * The first commit of a stretch that is not older than a time, by bisection: times never decrease along a log. Where all are
 * older it is the sequence behind the last. Throws what reading the log throws.
 */
export async function firstNotBefore(
  log: CommitLog,
  { first, until }: Stretch,
  timeMs: number,
  signal: AbortSignal,
): Promise<Sequence> {
  // Sequences jump between segments, so the segment is found first.
  const segments = await segmentsOf(log, { first, until }, signal);
  for (const [index, segment] of [...segments.entries()].toReversed()) {
    if (index > 0 && (await commitAt(log, segment.first, signal)).timeMs >= timeMs) continue;
    const found = await bisect(log, segment, timeMs, signal);
    return found <= segment.until ? found : (segments[index + 1]?.first ?? found);
  }
  return first;
}

async function bisect(
  log: CommitLog,
  { first, until }: Stretch,
  timeMs: number,
  signal: AbortSignal,
): Promise<Sequence> {
  let low: number = first;
  let high = until + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if ((await commitAt(log, sequence(middle), signal)).timeMs < timeMs) low = middle + 1;
    else high = middle;
  }
  return sequence(low);
}

/** The segments of a stretch without the jumps between them: each genesis says what the one before ended with. */
async function segmentsOf(log: CommitLog, { first, until }: Stretch, signal: AbortSignal): Promise<readonly Stretch[]> {
  const starts = (log.segments?.() ?? []).map((segment) => segment.first).filter((at) => at > first && at <= until);
  const stretches: Stretch[] = [];
  let from = first;
  for (const start of starts) {
    const { genesis } = await commitAt(log, start, signal);
    stretches.push({ first: from, until: genesis?.previousSegmentSequence ?? sequence(start - 1) });
    from = start;
  }
  return [...stretches, { first: from, until }];
}

async function commitAt(log: CommitLog, at: Sequence, signal: AbortSignal): Promise<InspectedCommit> {
  for await (const { payload, sequence: found } of log.read({ from: at, until: at, signal })) {
    return inspectCommit(payload, found);
  }
  throw new OperatingError('log-gap', `log ${log.name}: commit ${at} is missing`);
}
