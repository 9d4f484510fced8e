import type { Dispatcher } from '@taffrail/feed/feed';
import type { CommitTail } from '@taffrail/log/commit-tail';

/** Hands what is committed on to the feed. */
export interface FeedRelay {
  /** Rejects when the log itself is damaged. */
  readonly failed: Promise<never>;
  close(): Promise<void>;
}

/**
 * Gives the events of each commit from now on to the dispatcher. The feed is derived and its followers relist when they
 * connect, so nothing before the start is missed, and commits of other servers are relayed as well (the feed tells repeats
 * by their revision).
 */
export function startFeedRelay(options: {
  readonly commits: Pick<CommitTail, 'follow'>;
  readonly dispatcher: Dispatcher;
}): FeedRelay {
  const { commits, dispatcher } = options;
  const closing = new AbortController();

  async function run(): Promise<never> {
    try {
      for await (const { events } of commits.follow('now', closing.signal)) dispatcher.dispatch(events);
    } catch (thrown) {
      if (!closing.signal.aborted) throw thrown;
    }
    return await new Promise<never>(() => undefined);
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
