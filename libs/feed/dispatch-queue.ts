import type { LogEvent } from '@taffrail/log/event';
import { limits } from '@taffrail/platform/limits';

/** An event and the subject it is published on. */
export interface RoutedEvent {
  readonly event: LogEvent;
  readonly subject: string;
}

/** Events that wait to be dispatched. Bounded: when it overflows it drops everything and remembers that events were lost. */
export interface DispatchQueue {
  push(events: readonly RoutedEvent[]): void;
  /** Up to `count` of the oldest. */
  take(count: number): readonly RoutedEvent[];
  length(): number;
  /** Events were dropped, or may not have arrived: followers must be told. */
  lost(): boolean;
  setLost(lost: boolean): void;
}

export function dispatchQueue(): DispatchQueue {
  let waiting: RoutedEvent[] = [];
  let bytes = 0;
  let lost = false;
  return {
    push(events) {
      for (const routed of events) {
        waiting.push(routed);
        bytes += routed.event.object.byteLength;
      }
      if (waiting.length <= limits.feedQueueCount && bytes <= limits.feedQueueBytes) return;
      waiting = [];
      bytes = 0;
      lost = true;
    },
    take(count) {
      const taken = waiting.splice(0, count);
      for (const { event } of taken) bytes -= event.object.byteLength;
      return taken;
    },
    length: () => waiting.length,
    lost: () => lost,
    setLost(value) {
      lost = value;
    },
  };
}
