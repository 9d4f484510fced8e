import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Checkpoint } from './checkpoint.ts';
import { firstNotBefore, type Stretch } from './commit-at-time.ts';
import type { CommitLog } from './commit-log.ts';

/*
 * An excerpt is a file with the commits of a time range and what proves that none is missing: it begins at a commit before
 * the range (one that was signed, or the log's first) and ends at a signed commit behind it, or at the head as it was signed
 * when the range was over. Everything between the two is there, because the chain has no gap.
 */

/** From a time to another, both included, epoch milliseconds. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What of a log an excerpt must hold. `sign` when no checkpoint closes it yet: the head must be signed. */
export interface ExcerptPlan extends Stretch {
  readonly sign: boolean;
}

/**
 * Plans the excerpt of a range. `kept` are checkpoints an auditor has: the excerpt reaches back to the earliest of them, so
 * that it can be held against it. `checkpoints` are those of the log itself.
 */
export async function planExcerpt(
  log: CommitLog,
  whole: Stretch,
  range: TimeRange,
  { checkpoints, kept }: { readonly checkpoints: readonly Checkpoint[]; readonly kept: readonly Checkpoint[] },
  signal: AbortSignal,
): Promise<ExcerptPlan> {
  const inside = await firstNotBefore(log, whole, range.fromMs, signal);
  const behind = await firstNotBefore(log, whole, range.toMs + 1, signal);
  const own = (list: readonly Checkpoint[]): readonly Checkpoint[] =>
    list.filter((one) => one.log === log.name && one.sequence >= whole.first && one.sequence <= whole.until);
  const before = own(checkpoints).filter((one) => one.sequence < inside);
  const opening = Math.max(whole.first, ...before.map((one) => one.sequence));
  const first = Math.min(opening, ...own(kept).map((one) => one.sequence)) as Sequence;
  const closing = own(checkpoints).filter((one) =>
    behind > whole.until ? one.sequence === whole.until && one.signedMs >= range.toMs : one.sequence >= behind,
  );
  const latestKept = Math.max(0, ...own(kept).map((one) => one.sequence));
  const until = Math.max(latestKept, Math.min(whole.until, ...closing.map((one) => one.sequence))) as Sequence;
  return { first, until, sign: !closing.some((one) => one.sequence <= until) };
}

/** What was seen of a log in an excerpt. */
export interface ExcerptFacts {
  readonly log: string;
  /** The log itself began there when it was exported: what was before had been cut off. */
  readonly cut: boolean;
  readonly first: { readonly sequence: Sequence; readonly timeMs: number };
  readonly last: { readonly sequence: Sequence; readonly timeMs: number };
}

/**
 * Makes sure that a stretch of a log holds everything of a range that the log still had. Throws OperatingError `log-gap` when it begins too late or
 * ends too early to tell, or when nobody signed its end.
 */
export function requireWhole(facts: ExcerptFacts, range: TimeRange, checkpoints: readonly Checkpoint[]): void {
  const { log, cut, first, last } = facts;
  const open = (why: string): OperatingError => new OperatingError('log-gap', `log ${log}: ${why}`);
  if (first.sequence > 1 && !cut && first.timeMs >= range.fromMs) {
    throw open(`the file begins at commit ${first.sequence}, within the range: what was before is not proven`);
  }
  const closing = checkpoints.filter((one) => one.log === log && one.sequence === last.sequence);
  if (closing.length === 0) throw open(`nobody signed commit ${last.sequence}, with which the file ends`);
  if (last.timeMs > range.toMs || closing.some((one) => one.signedMs >= range.toMs)) return;
  throw open(`the file ends at commit ${last.sequence}, before the range does: what came then is not proven`);
}
