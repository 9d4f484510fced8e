import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Commit } from '@taffrail/log/commit';
import { openCommit, type ObjectOpener } from '@taffrail/log/open-events';

/** A commit in clear. When its keys cannot be had just now `failed` is told, and there is none. */
export async function openOr(
  vault: ObjectOpener,
  commit: Commit,
  failed: (error: OperatingError) => void,
): Promise<Commit | undefined> {
  try {
    return await openCommit(vault, commit);
  } catch (error) {
    if (!(error instanceof OperatingError && error.retryable)) throw error;
    failed(error);
    return undefined;
  }
}

/** A commit in clear, however long it takes until its keys can be had. Rejects with the signal's reason. */
export async function openInTime(
  commit: Commit,
  tools: {
    readonly vault: ObjectOpener;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly signal: AbortSignal;
  },
): Promise<Commit> {
  const { vault, clock, logger, signal } = tools;
  for (let attempt = 1; ; attempt++) {
    const opened = await openOr(vault, commit, (error) => {
      if (attempt === 1) logger.warn({ error: error.message }, 'a commit cannot be opened yet; trying again');
    });
    if (opened !== undefined) return opened;
    await clock.sleep(limits.retryMinimumMs, signal);
  }
}
