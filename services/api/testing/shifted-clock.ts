import { systemClock, type Clock } from '@taffrail/platform/clock';

/** The machine's clock, shown as much later as a test has let pass: days go by in no time, and timers run as ever. */
export interface ShiftedClock extends Clock {
  pass(ms: number): void;
}

export function shiftedClock(startMs: number = systemClock.nowMs()): ShiftedClock {
  let shiftMs = startMs - systemClock.nowMs();
  return {
    ...systemClock,
    nowMs: () => systemClock.nowMs() + shiftMs,
    pass: (ms) => void (shiftMs += Math.round(ms)),
  };
}
