import type { Clock } from '@taffrail/platform/clock';

/** A clock that shows a time of the past, for the ages in answers; its timers are those of the real one. */
export interface PastClock extends Clock {
  /** Shows another time; undefined for the real one. */
  show(timeMs: number | undefined): void;
}

export function pastClock(clock: Clock, timeMs: number): PastClock {
  let shownMs: number | undefined = timeMs;
  return Object.freeze({
    nowMs: () => shownMs ?? clock.nowMs(),
    monotonicMs: () => clock.monotonicMs(),
    sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms, signal),
    after: (ms: number, task: () => void) => clock.after(ms, task),
    show: (next: number | undefined) => void (shownMs = next),
  });
}
