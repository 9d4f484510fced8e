import { limits } from '@taffrail/platform/limits';
import type { PlannedEvent } from './command.ts';

/** What to do with an event: nothing, make a new object, or count up the one made before. */
export type Correlation =
  | { readonly type: 'drop' }
  | { readonly type: 'create'; readonly key: string; readonly message: string; readonly firstMs: number }
  | {
      readonly type: 'count';
      readonly key: string;
      readonly message: string;
      readonly name: string;
      readonly count: number;
      readonly firstMs: number;
    };

/** Folds repeated events into counts and keeps one object from flooding the log. */
export interface EventCorrelator {
  correlate(event: PlannedEvent, nowMs: number): Correlation;
  /** Tells under which name and count an event was stored. */
  stored(key: string, name: string, count: number, firstMs: number): void;
  /** Tells that the stored event is gone. */
  lost(key: string): void;
}

interface Stored {
  readonly name: string;
  readonly count: number;
  readonly firstMs: number;
}

interface Similar {
  readonly messages: Set<string>;
  lastMs: number;
}

interface Bucket {
  tokens: number;
  refilledMs: number;
}

/**
 * The rules of client-go's recorder: an event equal in everything counts up; more than ten that differ in their message
 * only become one "(combined from similar events)"; one object may record 25 in a row and then one in five minutes.
 */
export function eventCorrelator(): EventCorrelator {
  const storedEvents = new Map<string, Stored>();
  const similarEvents = new Map<string, Similar>();
  const buckets = new Map<string, Bucket>();

  const allowed = (event: PlannedEvent, nowMs: number): boolean => {
    const key = objectText(event);
    const bucket = touch(buckets, key, () => ({ tokens: limits.recorderBurstCount, refilledMs: nowMs }));
    const refill = Math.floor((nowMs - bucket.refilledMs) / limits.recorderRefillMs);
    if (refill > 0) {
      bucket.tokens = Math.min(limits.recorderBurstCount, bucket.tokens + refill);
      bucket.refilledMs += refill * limits.recorderRefillMs;
    }
    if (bucket.tokens === 0) return false;
    bucket.tokens -= 1;
    return true;
  };

  /** The key and message under which an event is counted. */
  const aggregate = (event: PlannedEvent, nowMs: number): { readonly key: string; readonly message: string } => {
    const group = `${objectText(event)}\n${event.fieldPath ?? ''}\n${event.eventType}\n${event.reason}`;
    const similar = touch(similarEvents, group, () => ({ messages: new Set<string>(), lastMs: nowMs }));
    if (nowMs - similar.lastMs > limits.recorderSimilarMs) similar.messages.clear();
    similar.lastMs = nowMs;
    similar.messages.add(event.message);
    if (similar.messages.size < limits.recorderSimilarCount) {
      return { key: `${group}\n${event.message}`, message: event.message };
    }
    const [oldest] = similar.messages;
    if (similar.messages.size > limits.recorderSimilarCount && oldest !== undefined) similar.messages.delete(oldest);
    return { key: group, message: `(combined from similar events): ${event.message}` };
  };

  return {
    correlate(event, nowMs) {
      const { key, message } = aggregate(event, nowMs);
      if (!allowed(event, nowMs)) return { type: 'drop' };
      const before = storedEvents.get(key);
      return before === undefined
        ? { type: 'create', key, message, firstMs: nowMs }
        : { type: 'count', key, message, name: before.name, count: before.count + 1, firstMs: before.firstMs };
    },
    stored(key, name, count, firstMs) {
      storedEvents.delete(key);
      storedEvents.set(key, { name, count, firstMs });
      trim(storedEvents);
    },
    lost: (key) => void storedEvents.delete(key),
  };
}

function objectText(event: PlannedEvent): string {
  const { metadata, kind } = event.about;
  return `${kind}\n${metadata.namespace ?? ''}\n${metadata.name ?? ''}\n${metadata.uid ?? ''}`;
}

/** The entry under a key, made when there is none, and moved to the young end of the map. */
function touch<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.delete(key);
  map.set(key, value);
  trim(map);
  return value;
}

function trim(map: Map<string, unknown>): void {
  if (map.size <= limits.recorderMemoryCount) return;
  const oldest = map.keys().next().value;
  if (oldest !== undefined) map.delete(oldest);
}
