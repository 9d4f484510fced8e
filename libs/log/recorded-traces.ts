import { parseTraceparent } from '@taffrail/platform/traceparent';
import type { LogEvent } from './event.ts';

/** The traces that events belong to and that are recorded, each once, in the order of the events. */
export function recordedTraces(events: Iterable<LogEvent>): readonly string[] {
  const found = new Set<string>();
  for (const { cause } of events) {
    if (parseTraceparent(cause.traceparent)?.sampled === true) found.add(cause.traceparent);
  }
  return [...found];
}
