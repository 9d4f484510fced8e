import { throwIfAborted, type NatsLink } from '@taffrail/log/connect';
import type { LogEvent } from '@taffrail/log/event';
import { parseAnswer } from '@taffrail/log/jetstream-api';
import { wakeup } from '@taffrail/log/wakeup';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { parseTraceparent } from '@taffrail/platform/traceparent';
import { noTracer, type Span, type Tracer } from '@taffrail/platform/tracer';
import { dispatchQueue } from './dispatch-queue.ts';
import { feedMessage } from './feed-message.ts';
import { ensureFeedStream } from './feed-stream.ts';
import type { Dispatcher } from './feed.ts';
import { FOLLOW_SUBJECT, RELIST_SUBJECT, routeOf } from './route.ts';

/**
 * Publishes events to FEED in their order. Events that could not be published, or whose fate is unknown, are not sent
 * again out of order: instead a marker tells every follower to relist. A server that restarts loses FEED altogether;
 * followers notice that by themselves.
 *
 * An event that nobody follows costs nothing: while FEED has no consumers, events are dropped, and whoever begins to follow
 * says so first (`FOLLOW_SUBJECT`) and is answered when they are published again.
 */
export function startDispatcher(
  link: NatsLink,
  logger: Logger,
  { tracer = noTracer, metrics = new Metrics() }: { readonly tracer?: Tracer; readonly metrics?: Metrics } = {},
): Dispatcher {
  const dispatched = metrics.counter(
    'taffrail_feed_events_total',
    'Events by what became of them: published, failed, or unfollowed.',
    ['outcome'],
  );
  const waiting = metrics.gauge('taffrail_feed_queue_events', 'Events waiting to be published to FEED.');
  metrics.beforeCollect(() => waiting.set(queue.length()));
  const closing = new AbortController();
  const { signal } = closing;
  const queue = dispatchQueue();
  const arrived = wakeup();
  /** Until when somebody is taken to follow, monotonic milliseconds: then the stream is asked. */
  let followedUntilMs = link.clock.monotonicMs() + limits.feedIdleMs;
  /** Nobody follows. */
  let idle = false;
  /** The connection on which FEED was last seen to be there. */
  let ensured = 0;

  async function send(
    subject: string,
    payload: Uint8Array,
    options: Parameters<NatsLink['request']>[2],
  ): Promise<void> {
    const reply = await link.request(subject, payload, options);
    parseAnswer(`publish on ${subject}`, reply.data);
  }

  async function publish(events: readonly LogEvent[]): Promise<void> {
    // Requests go out in this order on one connection; only their answers are waited for together.
    const sent = await Promise.allSettled(
      events.map(async (event) => {
        const span = publishSpan(tracer, event);
        const { headers, body } = feedMessage(event, span?.traceparent);
        try {
          await send(routeOf(event), body, { headers, timeoutMs: limits.publishTimeoutMs });
          dispatched.add(1, 'published');
        } catch (error) {
          dispatched.add(1, 'failed');
          span?.fail(messageOf(error));
          throw error;
        } finally {
          span?.end();
        }
      }),
    );
    const failed = sent.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  function followed(): void {
    followedUntilMs = link.clock.monotonicMs() + limits.feedIdleMs;
    idle = false;
  }

  /** Drops what waits when nobody is there to read it. */
  async function lookForFollowers(): Promise<void> {
    if (link.clock.monotonicMs() < followedUntilMs) return;
    const askedMs = followedUntilMs;
    const { state } = await ensureFeedStream(link);
    if (state.consumer_count > 0) followed();
    // Whoever has said meanwhile that it follows is not counted yet.
    if (followedUntilMs !== askedMs) return;
    idle = true;
    dispatched.add(queue.clear(), 'unfollowed');
  }

  async function step(): Promise<void> {
    if (!(await link.whenConnected(limits.publishTimeoutMs, signal))) return;
    if (ensured !== link.connections()) {
      const connection = link.connections();
      await ensureFeedStream(link);
      ensured = connection;
      followed();
    }
    await lookForFollowers();
    if (idle) return;
    if (queue.lost()) {
      await send(RELIST_SUBJECT, new Uint8Array(), { timeoutMs: limits.publishTimeoutMs });
      queue.setLost(false);
    }
    await publish(queue.take(limits.feedWindowCount));
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const nothing = idle || (queue.length() === 0 && !queue.lost());
      if (nothing && ensured === link.connections()) {
        await arrived.wait(signal);
        continue;
      }
      try {
        await step();
      } catch (error) {
        if (signal.aborted) return;
        logger.warn({ reason: messageOf(error) }, 'dispatching failed; followers will relist');
        queue.setLost(true);
        ensured = 0;
        await link.clock.sleep(limits.feedRetryMs, signal).catch(() => undefined); // aborted: the loop ends
      }
    }
  }

  const stopListening = link.onChange(arrived.wake);
  const announcements = link.connection.subscribe(FOLLOW_SUBJECT, {
    callback(error, message) {
      if (error !== null) return;
      followed();
      message.respond();
      arrived.wake();
    },
  });
  const ended = run();
  return Object.freeze({
    dispatch(events: readonly LogEvent[]): void {
      throwIfAborted(signal);
      if (idle) {
        queue.setLost(true);
        dispatched.add(events.length, 'unfollowed');
        return;
      }
      queue.push(events);
      arrived.wake();
    },
    async close(): Promise<void> {
      closing.abort();
      stopListening();
      announcements.unsubscribe();
      await ended;
    },
  });
}

/** Undefined when nobody traces the event. */
function publishSpan(tracer: Tracer, event: LogEvent): Span | undefined {
  if (!tracer.on || parseTraceparent(event.cause.traceparent)?.sampled !== true) return undefined;
  const span = tracer.begin('publish FEED', 'producer', event.cause.traceparent);
  span.set('taffrail.revision', event.revision);
  span.set('taffrail.resource', event.resource);
  return span;
}
