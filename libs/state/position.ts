import type { Revision, Sequence } from '@taffrail/platform/brand';

/** Where a space stands: its last folded commit. */
export interface Position {
  readonly sequence: Sequence;
  /** SHA-256 (hex) of that commit's payload. */
  readonly hash: string;
  /** That commit's time, epoch milliseconds. */
  readonly timeMs: number;
  /** That commit's last revision. */
  readonly end: Revision;
}
