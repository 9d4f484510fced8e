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
import { dispatchQueue, type RoutedEvent } from './dispatch-queue.ts';
import { feedMessage } from './feed-message.ts';
import { ensureFeedStream } from './feed-stream.ts';
import type { Dispatcher } from './feed.ts';
import { everything, followedFilters, interestIn } from './interest.ts';
import { FOLLOW_SUBJECT, RELIST_SUBJECT } from './route.ts';

/**
 * Publishes events to FEED in their order. Events that could not be published, or whose fate is unknown, are not sent
 * again out of order: instead a marker tells every follower to relist. A server that restarts loses FEED altogether;
 * followers notice that by themselves.
 *
 * An event that nobody follows costs nothing and is not published. Whoever is about to follow says so first
 * (`FOLLOW_SUBJECT`, with its filters) and is answered when they are served; from time to time the stream is asked whose
 * filters are still there.
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
  let interest = everything;
  /** What was announced since the stream was last asked: its consumers may not have been made when it was. */
  let announced: string[] = [];
  /** When the stream is asked next, monotonic milliseconds. */
  let askMs = link.clock.monotonicMs() + limits.feedInterestMs;
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

  async function publish(events: readonly RoutedEvent[]): Promise<void> {
    // Requests go out in this order on one connection; only their answers are waited for together.
    const sent = await Promise.allSettled(
      events.map(async ({ event, subject }) => {
        const span = publishSpan(tracer, event);
        const { headers, body } = feedMessage(event, span?.traceparent);
        try {
          await send(subject, body, { headers, timeoutMs: limits.publishTimeoutMs });
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

  async function ask(): Promise<void> {
    if (link.clock.monotonicMs() < askMs) return;
    const before = announced.splice(0);
    const found = await followedFilters(link);
    interest = interestIn([...found, ...before, ...announced]);
    askMs = link.clock.monotonicMs() + limits.feedInterestMs;
  }

  async function step(): Promise<void> {
    if (!(await link.whenConnected(limits.publishTimeoutMs, signal))) return;
    if (ensured !== link.connections()) {
      const connection = link.connections();
      await ensureFeedStream(link);
      ensured = connection;
      // Nobody has a consumer on a stream that may be new, and those who come back may have announced it before we did.
      interest = everything;
      askMs = link.clock.monotonicMs() + limits.feedInterestMs;
    }
    await ask();
    if (queue.lost()) {
      await send(RELIST_SUBJECT, new Uint8Array(), { timeoutMs: limits.publishTimeoutMs });
      queue.setLost(false);
    }
    await publish(queue.take(limits.feedWindowCount));
  }

  async function run(): Promise<void> {
    while (!signal.aborted) {
      if (queue.length() === 0 && !queue.lost() && ensured === link.connections()) {
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
      const filters = message.data.byteLength === 0 ? ['feed.>'] : message.string().split(' ');
      if (announced.length < limits.feedFollowersCount) announced.push(...filters);
      else announced = ['feed.>'];
      interest.add(filters);
      message.respond();
    },
  });
  const ended = run();
  return Object.freeze({
    dispatch(events: readonly LogEvent[]): void {
      throwIfAborted(signal);
      const followed = events.flatMap((event): readonly RoutedEvent[] => {
        const subject = interest.subjectFor(event);
        return subject === undefined ? [] : [{ event, subject }];
      });
      if (followed.length < events.length) dispatched.add(events.length - followed.length, 'unfollowed');
      if (followed.length === 0) return;
      queue.push(followed);
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
