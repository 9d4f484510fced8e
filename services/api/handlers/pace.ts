import type { Clock } from '@taffrail/platform/clock';

/** Time of the past that passes in proportion to ours. */
export interface Pace {
  /** Where the replay stands, epoch milliseconds of the past. */
  nowMs(): number;
  /** How long until it stands at a time; 0 or less when it is there. */
  waitMs(timeMs: number): number;
}

/** A replay that begins at a time now and passes `speed` seconds in each of ours. */
export function paceOf(clock: Clock, startMs: number, speed: number): Pace {
  const beganMs = clock.monotonicMs();
  const nowMs = (): number => startMs + (clock.monotonicMs() - beganMs) * speed;
  return Object.freeze({ nowMs, waitMs: (timeMs: number) => (timeMs - nowMs()) / speed });
}
