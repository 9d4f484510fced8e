import type { LogEvent } from '@taffrail/log/event';
import { limits } from '@taffrail/platform/limits';

/** Events that wait to be dispatched. Bounded: when it overflows it drops everything and remembers that events were lost. */
export interface DispatchQueue {
  push(events: readonly LogEvent[]): void;
  /** Up to `count` of the oldest. */
  take(count: number): readonly LogEvent[];
  length(): number;
  /** Events were dropped, or may not have arrived: followers must be told. */
  lost(): boolean;
  setLost(lost: boolean): void;
}

export function dispatchQueue(): DispatchQueue {
  let waiting: LogEvent[] = [];
  let bytes = 0;
  let lost = false;
  return {
    push(events) {
      for (const event of events) {
        waiting.push(event);
        bytes += event.object.byteLength;
      }
      if (waiting.length <= limits.feedQueueCount && bytes <= limits.feedQueueBytes) return;
      waiting = [];
      bytes = 0;
      lost = true;
    },
    take(count) {
      const taken = waiting.splice(0, count);
      for (const event of taken) bytes -= event.object.byteLength;
      return taken;
    },
    length: () => waiting.length,
    lost: () => lost,
    setLost(value) {
      lost = value;
    },
  };
}
