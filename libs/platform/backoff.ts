import type { Random } from './random.ts';

export interface Backoff {
  /** The next delay in milliseconds: doubles from the minimum to the maximum, with up to 10 % jitter. */
  nextMs(): number;
  reset(): void;
}

/** Exponential back-off with jitter between two bounds. */
export function backoff(random: Random, minimumMs: number, maximumMs: number): Backoff {
  let currentMs = 0;
  return {
    nextMs() {
      currentMs = currentMs === 0 ? minimumMs : Math.min(currentMs * 2, maximumMs);
      return Math.round(currentMs * (1 + random.next() * 0.1));
    },
    reset() {
      currentMs = 0;
    },
  };
}
