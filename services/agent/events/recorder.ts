import { createHash } from 'node:crypto';
import type { Logger } from '@taffrail/platform/logger';
import type { Clock } from '@taffrail/platform/clock';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { messageOf } from '@taffrail/platform/failure';
import { ApiFailure, type ApiClient, type ResourceName } from '@taffrail/controller/api-client';
import type { Event as KubeEvent, ObjectReference } from '@taffrail/resources/generated/types';

const EVENTS: ResourceName = { group: '', version: 'v1', resource: 'events' };

export type EventType = 'Normal' | 'Warning';

/** Says what happened, for `kubectl describe`. Never waits and never fails its caller; bounded. */
export interface EventRecorder {
  record(about: ObjectReference, type: EventType, reason: string, message: string): void;
  close(): Promise<void>;
}

interface Seen {
  readonly name: string;
  readonly namespace: string;
  readonly firstTimestamp: string;
  count: number;
}

/**
 * Writes core/v1 Events in order. The same thing said again about the same object raises its count instead.
 * An Event that cannot be written is logged and left out: Events explain, nothing depends on them.
 */
export function eventRecorder(
  client: Pick<ApiClient, 'create' | 'patch'>,
  source: { readonly component: string; readonly host: string },
  clock: Clock,
  logger: Logger,
): EventRecorder {
  const seen = new Map<string, Seen>();
  const queue: { about: ObjectReference; type: EventType; reason: string; message: string; atMs: number }[] = [];
  let writing: Promise<void> | undefined;
  let dropped = 0;

  async function write(entry: (typeof queue)[number]): Promise<void> {
    const { about, type, reason, message, atMs } = entry;
    const namespace = about.namespace === undefined || about.namespace === '' ? 'default' : about.namespace;
    const key = [about.kind, about.uid, about.fieldPath, type, reason, message].join('\n');
    const timestamp = rfc3339Seconds(atMs);
    const known = seen.get(key);
    if (known !== undefined) {
      known.count++;
      const patch = { count: known.count, lastTimestamp: timestamp };
      try {
        await client.patch(EVENTS, known.namespace, known.name, patch, { type: 'merge' });
        return;
      } catch (error) {
        if (!(error instanceof ApiFailure) || error.code !== 404) throw error;
        seen.delete(key);
      }
    }
    const suffix = createHash('sha256').update(`${key}\n${atMs}`).digest('hex').slice(0, 16);
    const event: KubeEvent = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${about.name}.${suffix}`, namespace },
      involvedObject: about,
      type,
      reason,
      message: message.slice(0, limits.eventMessageBytes),
      source,
      firstTimestamp: timestamp,
      lastTimestamp: timestamp,
      count: 1,
      reportingComponent: source.component,
      reportingInstance: source.host,
    };
    await client.create(EVENTS, namespace, event);
    const oldest = seen.size >= limits.eventMemoryCount ? seen.keys().next().value : undefined;
    if (oldest !== undefined) seen.delete(oldest);
    seen.set(key, { name: event.metadata.name ?? '', namespace, firstTimestamp: timestamp, count: 1 });
  }

  async function drain(): Promise<void> {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      try {
        await write(entry);
      } catch (error) {
        logger.warn({ reason: entry.reason, error: messageOf(error) }, 'an Event could not be written');
      }
    }
    writing = undefined;
  }

  return {
    record(about, type, reason, message) {
      if (queue.length >= limits.eventQueueCount) {
        if (dropped++ % 100 === 0) logger.warn({ dropped }, 'too many Events are waiting; some are left out');
        return;
      }
      queue.push({ about, type, reason, message, atMs: clock.nowMs() });
      writing ??= drain();
    },
    async close() {
      queue.length = 0;
      await writing;
    },
  };
}
