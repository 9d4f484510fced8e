import { assert } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { COMMIT_FORMAT } from './commit.ts';
import { encodeCommit } from './commit-codec.ts';
import type { CommitLog } from './commit-log.ts';
import { ZERO_HASH } from './hash-chain.ts';

/**
 * Makes sure that a log opens with a genesis commit, so that no revision is ever 0. Idempotent; when several writers
 * try at once the fence lets one of them through and all are content.
 * `incarnation` names this history (a uid); it counts only when the log is new.
 */
export async function ensureGenesis(
  log: CommitLog,
  genesis: { readonly incarnation: string; readonly nowMs: number },
  signal?: AbortSignal,
): Promise<void> {
  const empty = sequence(0);
  const head = await log.head(signal);
  if (head.sequence !== empty) return;
  const payload = encodeCommit({
    format: COMMIT_FORMAT,
    sequence: sequence(1),
    previousHash: ZERO_HASH,
    timeMs: genesis.nowMs,
    genesis: { incarnation: genesis.incarnation, previousSegmentSequence: empty, previousSegmentHash: ZERO_HASH },
    events: [],
  });
  // A lost fence means that another writer's genesis stands there: exactly what was asked for.
  await log.append(payload, empty, signal);
}

/**
 * Opens a further segment of a log, in a stream that holds nothing yet: its genesis names the end of the segment before
 * and carries on the chain. `first` is the stream's first sequence, above any that was ever given out.
 */
export async function openSegment(
  log: CommitLog,
  segment: {
    readonly first: Sequence;
    readonly incarnation: string;
    readonly nowMs: number;
    readonly previous: { readonly sequence: Sequence; readonly hash: string; readonly timeMs: number };
  },
  signal?: AbortSignal,
): Promise<void> {
  const { first, incarnation, nowMs, previous } = segment;
  assert(first > previous.sequence, 'sequences only go forward');
  const payload = encodeCommit({
    format: COMMIT_FORMAT,
    sequence: first,
    previousHash: previous.hash,
    timeMs: Math.max(nowMs, previous.timeMs),
    genesis: {
      incarnation,
      previousSegmentSequence: previous.sequence,
      previousSegmentHash: previous.hash,
    },
    events: [],
  });
  const result = await log.append(payload, sequence(first - 1), signal);
  if (result.outcome === 'appended') return;
  throw new OperatingError('protocol', `log ${log.name}: someone else has written to the new segment`);
}
