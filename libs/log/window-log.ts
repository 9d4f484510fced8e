import type { Sequence } from '@taffrail/platform/brand';
import type { CommitLog } from './commit-log.ts';

/** A log whose old commits may be cut off (`EVENTS`): what is before the first sequence is gone, the chain is checked from there. */
export interface WindowLog extends CommitLog {
  /** First sequence still there; the head's sequence + 1 when nothing is. */
  first(signal?: AbortSignal): Promise<Sequence>;
  /** Cuts off every commit before `before`. The head stays: sequences never go back. Asserts `before <= head`. */
  trim(before: Sequence, signal?: AbortSignal): Promise<void>;
}
