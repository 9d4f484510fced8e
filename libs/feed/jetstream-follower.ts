import { RequestFailed, throwIfAborted, type NatsLink } from '@taffrail/log/connect';
import { JetStreamRefusal } from '@taffrail/log/jetstream-api';
import { pullSession, type PullProgress } from '@taffrail/log/pull-reader';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { readFeedMessage } from './feed-message.ts';
import { ensureFeedStream, FEED_STREAM } from './feed-stream.ts';
import type { Follower, FeedItem } from './feed.ts';
import { FOLLOW_SUBJECT, RELIST_SUBJECT } from './route.ts';

/**
 * Follows subjects of FEED (`nodePodsFilter`, or any filter under `feed.`; none may overlap another). Whenever it cannot
 * prove that it has seen everything — FEED was made anew, messages went before they were read, the dispatcher lost some —
 * it says `relist`.
 */
export function openFollower(link: NatsLink, filters: readonly string[], logger: Logger): Follower {
  const closing = new AbortController();
  return Object.freeze({
    items: (signal: AbortSignal) => follow(link, filters, logger, AbortSignal.any([closing.signal, signal])),
    async close(): Promise<void> {
      closing.abort();
    },
  });
}

/** Which FEED a follower reads, and how far. */
interface Place extends PullProgress {
  /** When the stream was created: another time is another stream. */
  readonly created: string;
}

async function* follow(
  link: NatsLink,
  filters: readonly string[],
  logger: Logger,
  signal: AbortSignal,
): AsyncGenerator<FeedItem> {
  let place: Place | undefined;
  for (;;) {
    throwIfAborted(signal);
    if (!(await link.whenConnected(limits.readerStaleMs, signal))) continue;
    try {
      await announce(link, filters);
      const { created, state } = await ensureFeedStream(link);
      if (place === undefined || place.created !== created || isPassed(place, state.first_seq, state.last_seq)) {
        // The place is taken before the caller lists: what happens meanwhile is delivered after it.
        place = { created, cursor: state.last_seq, watchedMs: link.clock.monotonicMs() };
        yield { type: 'relist' };
      }
      yield* session(link, filters, place, signal);
    } catch (error) {
      throwIfAborted(signal);
      if (!isPassing(error)) throw error;
      logger.warn({ reason: messageOf(error) }, 'following the feed failed; trying again');
      await link.clock.sleep(limits.feedRetryMs, signal).catch(() => throwIfAborted(signal));
    }
  }
}

/** Lets dispatchers know what is going to be followed. One that is not there yet publishes everything when it starts. */
async function announce(link: NatsLink, filters: readonly string[]): Promise<void> {
  try {
    await link.request(FOLLOW_SUBJECT, filters.join(' '), { timeoutMs: limits.publishTimeoutMs });
  } catch (error) {
    if (!(error instanceof RequestFailed && error.delivered === 'no')) throw error;
  }
}

/** Items of one consumer; ends when another is needed. */
async function* session(
  link: NatsLink,
  filters: readonly string[],
  place: Place,
  signal: AbortSignal,
): AsyncGenerator<FeedItem> {
  const subjects = [...filters, RELIST_SUBJECT];
  const isAnother = async (): Promise<boolean> => {
    const { created, state } = await ensureFeedStream(link);
    return place.created !== created || state.last_seq < place.cursor;
  };
  const options = { stream: FEED_STREAM, subjects, isLeftBehind: isAnother, signal };
  for await (const message of pullSession(link, options, place)) {
    if (message.afterPause) {
      const { state } = await ensureFeedStream(link);
      if (isPassed(place, state.first_seq, state.last_seq)) yield { type: 'relist' };
    }
    place.cursor = message.sequence;
    place.watchedMs = link.clock.monotonicMs();
    yield message.subject === RELIST_SUBJECT ? { type: 'relist' } : { type: 'event', event: readFeedMessage(message) };
  }
}

/** Whether messages behind the cursor are gone already, or the stream is shorter than what was read of it. */
function isPassed({ cursor }: Place, first: number, last: number): boolean {
  return last < cursor || (last > cursor && first > cursor + 1);
}

/** Whether trying again may help. `log-gap`: FEED went between two questions, and is made anew. */
function isPassing(error: unknown): boolean {
  return (
    error instanceof JetStreamRefusal ||
    error instanceof RequestFailed ||
    (error instanceof OperatingError && (error.retryable || error.code === 'log-gap'))
  );
}
