import { sequence, type Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Dispatcher } from '@taffrail/feed/feed';
import { decodeCommit } from '@taffrail/log/commit-codec';
import type { CommitLog } from '@taffrail/log/commit-log';

/** Hands what is committed on to the feed. */
export interface FeedRelay {
  /** Rejects when the log itself is damaged. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/**
 * Reads the log from its present end and gives each commit's events to the dispatcher. The feed is derived and its
 * followers relist when they connect, so nothing before the start is missed, and commits of other servers are relayed
 * as well (the feed tells repeats by their revision).
 */
export function startFeedRelay(options: {
  readonly log: CommitLog;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly logger: Logger;
}): FeedRelay {
  const { log, dispatcher, clock, logger } = options;
  const closing = new AbortController();
  const { signal } = closing;
  let next: Sequence | undefined;

  async function follow(): Promise<void> {
    next ??= sequence((await log.head(signal)).sequence + 1);
    for await (const { sequence: at, payload } of log.read({ from: next, signal })) {
      dispatcher.dispatch(decodeCommit(payload, at).events);
      next = sequence(at + 1);
    }
  }

  async function run(): Promise<never> {
    for (;;) {
      try {
        await follow();
      } catch (thrown) {
        if (signal.aborted) return new Promise<never>(() => undefined);
        if (!(thrown instanceof OperatingError) || !thrown.retryable) throw thrown;
        logger.warn({ error: messageOf(thrown) }, 'following the log for the feed broke off; trying again');
        await clock.sleep(limits.retryMinimumMs, signal).catch(() => undefined);
      }
    }
  }

  const failed = run();
  failed.catch(() => undefined);
  return {
    failed,
    async close() {
      closing.abort();
    },
  };
}
