import { assertNever } from '@taffrail/platform/assert';
import { parseRevision } from '@taffrail/platform/brand';
import { rfc3339Seconds, type Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { ApiFailure, type ApiClient, type ResourceName, type WriteCause } from './api-client.ts';
import type { PlannedEvent } from './command.ts';
import { eventCorrelator, type Correlation } from './event-correlator.ts';

export interface EventRecorderOptions {
  readonly client: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `source.component` of the events, e.g. `replicaset-controller`. */
  readonly component: string;
  /** `source.host`, for what runs on a node. */
  readonly host?: string;
}

/** Records core/v1 Events behind the back of whoever asks: recording never waits and never fails its caller. */
export interface EventRecorder {
  /** `cause` is what made the component do what the event tells of. */
  record(event: PlannedEvent, cause?: WriteCause): void;
  /** Sends what is recorded until the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

const EVENTS: ResourceName = { group: '', version: 'v1', resource: 'events' };

interface Waiting {
  readonly event: PlannedEvent;
  readonly cause: WriteCause;
  readonly atMs: number;
}

export function eventRecorder(options: EventRecorderOptions): EventRecorder {
  const { client, clock, logger } = options;
  const correlator = eventCorrelator();
  const waiting: Waiting[] = [];
  let wake: (() => void) | undefined;

  /** Sends one event as it was correlated. Throws what the API answers. */
  const send = async (entry: Waiting, correlation: Correlation): Promise<void> => {
    switch (correlation.type) {
      case 'drop':
        return;
      case 'create': {
        const name = eventName(entry, options.random);
        const event = eventObject(entry, name, correlation, options);
        await client.create(EVENTS, eventNamespace(entry.event), event, entry.cause);
        correlator.stored(correlation.key, name, 1, correlation.firstMs);
        return;
      }
      case 'count': {
        const { key, name, count, message, firstMs } = correlation;
        const patch = { count, message, lastTimestamp: rfc3339Seconds(entry.atMs) };
        try {
          await client.patch(EVENTS, eventNamespace(entry.event), name, patch, {
            type: 'merge',
            cause: entry.cause,
          });
        } catch (error) {
          if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
          correlator.lost(key); // expired: begin anew
          return send(entry, { type: 'create', key, message, firstMs: entry.atMs });
        }
        correlator.stored(key, name, count, firstMs);
        return;
      }
      default:
        assertNever(correlation);
    }
  };

  const deliver = async (entry: Waiting, signal: AbortSignal): Promise<void> => {
    const correlation = correlator.correlate(entry.event, entry.atMs);
    for (let attempt = 1; ; attempt++) {
      try {
        return await send(entry, correlation);
      } catch (error) {
        const { reason } = entry.event;
        // An answer is final (the namespace is ending, the event is invalid); only silence is worth another try.
        if (error instanceof ApiFailure && error.code < 500) {
          logger.info({ reason, error: messageOf(error) }, 'the API refused an event');
          return;
        }
        if (attempt >= limits.recorderAttemptsCount) {
          logger.warn({ reason, error: messageOf(error) }, 'an event could not be recorded');
          return;
        }
        await clock.sleep(limits.recorderRetryMs * options.random.next(), signal);
      }
    }
  };

  return {
    record(event, cause = causeOf(event)) {
      if (waiting.length >= limits.recorderQueueCount) {
        logger.warn({ reason: event.reason }, 'too many events wait; one is left out');
        return;
      }
      waiting.push({ event, cause, atMs: clock.nowMs() });
      wake?.();
    },
    async run(signal) {
      const onAbort = (): void => wake?.();
      signal.addEventListener('abort', onAbort, { once: true });
      const sending = new Map<string, Promise<void>>();
      let failure: { readonly error: unknown } | undefined;
      const start = (entry: Waiting): void => {
        const object = aboutText(entry.event);
        const sent = deliver(entry, signal)
          .catch((error: unknown) => {
            failure ??= { error };
          })
          .finally(() => {
            sending.delete(object);
            wake?.();
          });
        sending.set(object, sent);
      };
      try {
        while (!signal.aborted) {
          if (failure !== undefined) throw failure.error;
          const next = sending.size < limits.recorderConcurrency ? firstFree(waiting, sending) : -1;
          if (next >= 0) {
            for (const entry of waiting.splice(next, 1)) start(entry);
            continue;
          }
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          wake = undefined;
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', onAbort);
        await Promise.allSettled(sending.values());
      }
    },
  };
}

/** Events of one object are counted up in their order: the first entry of whose object none is on its way. */
function firstFree(waiting: readonly Waiting[], sending: ReadonlyMap<string, unknown>): number {
  return waiting.findIndex(({ event }) => !sending.has(aboutText(event)));
}

function aboutText({ about: { kind, metadata } }: PlannedEvent): string {
  return `${kind}\n${metadata.namespace ?? ''}\n${metadata.name ?? ''}\n${metadata.uid ?? ''}`;
}

/** What is told of an object came of the change it stands at. */
function causeOf({ about }: PlannedEvent): WriteCause {
  const at = parseRevision(about.metadata.resourceVersion ?? '');
  return at === undefined ? {} : { revision: at };
}

/** Events about cluster-scoped objects live in `default`. */
function eventNamespace(event: PlannedEvent): string {
  const namespace = event.about.metadata.namespace ?? '';
  return namespace === '' ? 'default' : namespace;
}

/** `<object>.<time in hex>`, the time spread over the nanoseconds the clock does not tell. */
function eventName(entry: Waiting, random: Random): string {
  const nanoseconds = BigInt(entry.atMs) * 1_000_000n + BigInt(Math.floor(random.next() * 1_000_000));
  return `${entry.event.about.metadata.name ?? ''}.${nanoseconds.toString(16)}`;
}

function eventObject(
  entry: Waiting,
  name: string,
  correlation: { readonly message: string; readonly firstMs: number },
  options: EventRecorderOptions,
): unknown {
  const { event } = entry;
  const { metadata } = event.about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: eventNamespace(event) },
    involvedObject: {
      kind: event.about.kind,
      apiVersion: event.about.apiVersion,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      name: metadata.name,
      uid: metadata.uid,
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
      ...(event.fieldPath === undefined ? {} : { fieldPath: event.fieldPath }),
    },
    reason: event.reason,
    message: correlation.message,
    type: event.eventType,
    source: { component: options.component, ...(options.host === undefined ? {} : { host: options.host }) },
    reportingComponent: options.component,
    reportingInstance: options.host ?? '',
    firstTimestamp: rfc3339Seconds(correlation.firstMs),
    lastTimestamp: rfc3339Seconds(entry.atMs),
    count: 1,
  };
}
