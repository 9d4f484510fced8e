import type { LogEvent } from '@taffrail/log/event';
import type { Revision } from '@taffrail/platform/brand';

/** Publishes committed events to FEED, one CloudEvent each. Derived and rebuilt at will: losing it loses nothing. */
export interface Dispatcher {
  /** Queues a commit's events; never blocks a writer. When the queue overflows followers see a gap and relist. */
  dispatch(events: readonly LogEvent[]): void;
  close(): Promise<void>;
}

/** One event as a follower gets it: the object with its resourceVersion, parsed by the receiver. */
export interface FeedEvent {
  readonly revision: Revision;
  readonly verb: 'created' | 'updated' | 'deleted';
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** JSON with resourceVersion. */
  readonly body: Uint8Array;
  readonly traceparent: string;
  /** Of the chain of causes the event belongs to; '' when the message names none. */
  readonly correlation: string;
}

/** What a follower tells its user. */
export type FeedItem =
  | { readonly type: 'event'; readonly event: FeedEvent }
  /** Events may have been missed (first connect, server restart, gap): list over HTTP, then go on. */
  | { readonly type: 'relist' };

/** Follows a filter of FEED. The first item is always `relist`; the caller lists, then applies events newer than its list. */
export interface Follower {
  items(signal: AbortSignal): AsyncIterable<FeedItem>;
  close(): Promise<void>;
}
