import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { COMMIT_FORMAT } from './commit.ts';
import { decodeCommit, encodeCommit } from './commit-codec.ts';
import type { EventDraft, LogEvent } from './event.ts';
import { ZERO_HASH } from './hash-chain.ts';

/** The last value of one subject. */
export interface LatestValue {
  readonly subject: string;
  /** The stream's sequence of this value; the next put of the subject is fenced by it. */
  readonly sequence: Sequence;
  readonly payload: Uint8Array;
}

export type PutResult =
  | { readonly outcome: 'stored'; readonly sequence: Sequence }
  /**
   * The subject does not stand where the caller thought. Ours is not the last value: it was never stored, or (after an
   * unknown outcome) it was stored and has been replaced since.
   */
  | { readonly outcome: 'conflict' };

/** All last values and the sequence they are complete up to. */
export interface LatestSnapshot {
  readonly head: Sequence;
  readonly values: readonly LatestValue[];
}

/**
 * The port of a log that keeps the last value of each subject only (`LEASES`): one subject per object, each put fenced by
 * the subject's own last sequence. No history, no chain. Sequences start at the epoch milliseconds of the log's
 * creation, so that a log that had to be made anew never gives out a sequence again.
 * A stored value survives a crash of the server, and sequences never go back.
 */
export interface LatestLog {
  readonly name: string;
  /**
   * Stores a value when the subject's last sequence is `expectedLast` (0: the subject has no value yet). `subject` is made
   * by `objectSubject` with `prefix`. Throws OperatingError `unavailable`, `storage-full`, `aborted` (outcome unknown).
   */
  put(subject: string, payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<PutResult>;
  /** Asks the log (its leader) for its last sequence. */
  head(signal?: AbortSignal): Promise<Sequence>;
  load(signal: AbortSignal): Promise<LatestSnapshot>;
  /**
   * Values stored after a sequence, in order, for ever. A value that is replaced before it is read is left out.
   * Throws OperatingError `log-behind` when the log was made anew, `aborted`.
   */
  follow(after: Sequence, signal: AbortSignal): AsyncIterable<LatestValue>;
  /** The first token of every subject. */
  readonly prefix: string;
  close(): Promise<void>;
}

/**
 * The payload of a last value: a commit of one event in the codec of the other logs. Its header's sequence is 0 ("the
 * stream's own": it is not known before the put) and its previous hash is zeros, because there is no chain.
 */
export function encodeLatest(event: EventDraft, timeMs: number): Buffer {
  return encodeCommit({
    format: COMMIT_FORMAT,
    sequence: sequence(0),
    previousHash: ZERO_HASH,
    timeMs,
    events: [event],
  });
}

/** The event of a last value; its revision follows from the value's sequence. Throws OperatingError `log-corrupt`, `format-too-new`. */
export function decodeLatest(value: LatestValue): LogEvent {
  const { events } = decodeCommit(value.payload, value.sequence);
  const [event] = events;
  if (event === undefined || events.length > 1) {
    throw new OperatingError('log-corrupt', `${value.subject} holds ${events.length} events where one is expected`);
  }
  return event;
}
