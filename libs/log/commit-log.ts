import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';

/** The last commit's place; sequence 0 for an empty log. */
export interface Head {
  readonly sequence: Sequence;
}

export type AppendResult =
  | { readonly outcome: 'appended'; readonly sequence: Sequence }
  /** Someone else wrote first; `head` is where the log stands now. Nothing of ours was stored. */
  | { readonly outcome: 'lost-fence'; readonly head: Sequence };

export interface StoredCommit {
  readonly sequence: Sequence;
  readonly payload: Uint8Array;
}

export interface ReadOptions {
  /** First sequence to deliver. */
  readonly from: Sequence;
  /** Last sequence to deliver, after which the iteration ends; absent: follow for ever. */
  readonly until?: Sequence;
  readonly signal: AbortSignal;
}

/**
 * The port of an append-only, fenced, ordered log of opaque payloads: one JetStream stream, or memory.
 * Implementations run the same contract suite (`commit-log.suite.ts`).
 */
export interface CommitLog {
  /** The stream's name, for messages. */
  readonly name: string;
  /** Asks the log (its leader) where it ends. */
  head(signal?: AbortSignal): Promise<Head>;
  /**
   * Appends after exactly `expectedLast`. Resolves only when the payload is durable or certainly not stored:
   * an unknown outcome is resolved inside by publishing the identical bytes under the same fence until
   * `expectedLast + 1` exists, and comparing. Throws OperatingError: `unavailable` (certainly not stored),
   * `storage-full` (certainly not stored), `aborted` (outcome unknown: the caller must stop writing).
   */
  append(payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult>;
  /**
   * Delivers commits in order without gaps or repeats. Survives reconnects and server restarts by recreating its consumer
   * from its own cursor. Throws OperatingError `log-gap` when a sequence is missing.
   */
  read(options: ReadOptions): AsyncIterable<StoredCommit>;
  /** Where the log's segments begin, oldest first; absent: it is one that begins at sequence 1. Sequences jump only from one to the next. */
  segments?(): readonly LogSegment[];
  close(): Promise<void>;
}

/** A part of a log with sequences without gaps; it opens with a genesis that names the end of the one before. */
export interface LogSegment {
  /** What it is stored in, for messages. */
  readonly stream: string;
  readonly first: Sequence;
}

/** The first sequence of the segment that is written to: what was read before it may be of a history that was replaced. */
export function openingOf(log: CommitLog): Sequence {
  return log.segments?.().at(-1)?.first ?? sequence(1);
}

/** Whether an append that threw this took nothing for certain; after anything else it may have. */
export function isCertainlyNotStored(error: unknown): error is OperatingError {
  return error instanceof OperatingError && (error.code === 'unavailable' || error.code === 'storage-full');
}
