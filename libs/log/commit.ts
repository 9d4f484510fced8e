import type { Sequence } from '@taffrail/platform/brand';
import type { EventDraft, LogEvent } from './event.ts';

/** The format this build writes. Readers accept this and every older one. */
export const COMMIT_FORMAT = 1;

/** What a commit says beside its events. */
export interface CommitHeader {
  readonly format: number;
  readonly sequence: Sequence;
  /** SHA-256 (hex) of the previous commit's whole payload; 64 zeros before the first. */
  readonly previousHash: string;
  /** max(clock, previous commit's time), epoch milliseconds. */
  readonly timeMs: number;
  /** Set on a genesis commit only: what this log is and where it continues from. */
  readonly genesis?: Genesis;
}

export interface Genesis {
  /** Identity of this history; a restore opens a new incarnation. */
  readonly incarnation: string;
  /** Last sequence and hash of the segment before; 0 and 64 zeros for a first segment. */
  readonly previousSegmentSequence: Sequence;
  readonly previousSegmentHash: string;
}

/** A commit about to be encoded. */
export interface CommitDraft extends CommitHeader {
  readonly events: readonly EventDraft[];
}

/** A decoded commit, with the hash of the bytes it came from. */
export interface Commit extends CommitHeader {
  readonly events: readonly LogEvent[];
  /** SHA-256 (hex) of `payload`. */
  readonly hash: string;
  /** The exact bytes that stand in the log. */
  readonly payload: Uint8Array;
}
