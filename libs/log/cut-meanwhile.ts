import type { Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { WindowLog } from './window-log.ts';

/**
 * Whether a reading failed only because the beginning of a log was cut off while it went on: a gap that is no damage, and
 * that nobody finds who begins again. `firsts` say where each log began when the reading did.
 */
export async function cutMeanwhile(
  error: unknown,
  logs: readonly { readonly log: WindowLog }[],
  firsts: ReadonlyMap<string, Sequence>,
  signal: AbortSignal,
): Promise<boolean> {
  if (!(error instanceof OperatingError) || error.code !== 'log-gap') return false;
  for (const { log } of logs) if ((await log.first(signal)) > (firsts.get(log.name) ?? 1)) return true;
  return false;
}
