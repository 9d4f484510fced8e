import { systemClock, type Clock } from '@taffrail/platform/clock';

/** The machine's clock, shown as much later as a test has let pass: days go by in no time, and timers run as ever. */
export interface ShiftedClock extends Clock {
  pass(ms: number): void;
  /** Lets no time pass but what the test has pass, until the work is done: how long it takes cannot be seen in ages. */
  standing<Done>(work: () => Promise<Done>): Promise<Done>;
}

export function shiftedClock(startMs: number = systemClock.nowMs()): ShiftedClock {
  let shiftMs = startMs - systemClock.nowMs();
  let standsAtMs: number | undefined;
  const realMs = (): number => standsAtMs ?? systemClock.nowMs();
  return {
    ...systemClock,
    nowMs: () => realMs() + shiftMs,
    pass: (ms) => void (shiftMs += Math.round(ms)),
    async standing(work) {
      standsAtMs = systemClock.nowMs();
      try {
        return await work();
      } finally {
        // Nor does it jump: what went by meanwhile never was.
        shiftMs -= systemClock.nowMs() - standsAtMs;
        standsAtMs = undefined;
      }
    },
  };
}
