import type { LogEvent } from '@taffrail/log/event';
import { OperatingError } from '@taffrail/platform/failure';
import { wakeup } from '@taffrail/log/wakeup';
import { feedMessage, readFeedMessage } from './feed-message.ts';
import type { Dispatcher, FeedItem, Follower } from './feed.ts';
import { RELIST_SUBJECT, routeOf } from './route.ts';

/** A feed in memory, for tests and the simulator. */
export interface MemoryFeed {
  readonly dispatcher: Dispatcher;
  follower(filters: readonly string[]): Follower;
  /** What a lost connection or an overflow would do: every follower is told to relist. */
  lose(): void;
}

interface Entry {
  readonly subject: string;
  readonly item: FeedItem;
}

export function memoryFeed(): MemoryFeed {
  const entries: Entry[] = [];
  const changed = wakeup();
  const closing = new AbortController();

  async function* follow(filters: readonly string[], signal: AbortSignal): AsyncGenerator<FeedItem> {
    const matches = [...filters, RELIST_SUBJECT].map(subjectPattern);
    let next = entries.length;
    yield { type: 'relist' };
    for (;;) {
      if (signal.aborted) throw new OperatingError('aborted', 'aborted', { cause: signal.reason });
      const entry = entries[next];
      if (entry === undefined) {
        await changed.wait(signal);
        continue;
      }
      next += 1;
      if (matches.some((pattern) => pattern.test(entry.subject))) yield entry.item;
    }
  }

  const add = (entry: Entry): void => {
    entries.push(entry);
    changed.wake();
  };
  return Object.freeze({
    dispatcher: Object.freeze({
      dispatch(events: readonly LogEvent[]): void {
        for (const event of events) {
          const { headers, body } = feedMessage(event);
          const subject = routeOf(event);
          add({ subject, item: { type: 'event', event: readFeedMessage({ subject, headers, payload: body }) } });
        }
      },
      async close(): Promise<void> {
        closing.abort();
      },
    }),
    follower: (filters: readonly string[]): Follower => {
      const closed = new AbortController();
      return Object.freeze({
        items: (signal: AbortSignal) => follow(filters, AbortSignal.any([signal, closed.signal, closing.signal])),
        async close(): Promise<void> {
          closed.abort();
        },
      });
    },
    lose: () => add({ subject: RELIST_SUBJECT, item: { type: 'relist' } }),
  });
}

/** A subject filter as a pattern: `*` is one token, a last `>` one or more. Encoded tokens hold nothing a pattern would mean. */
function subjectPattern(filter: string): RegExp {
  const tokens = filter.split('.').map((token) => {
    if (token === '*') return '[^.]+';
    return token === '>' ? '.+' : token;
  });
  return new RegExp(`^${tokens.join('\\.')}$`);
}
