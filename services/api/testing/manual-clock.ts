import type { Clock } from '@taffrail/platform/clock';

/** A clock that a test moves; what is due runs inside `advance`. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(startMs = 1_000_000): ManualClock {
  let nowMs = startMs;
  const tasks = new Map<() => void, number>();
  const after = (ms: number, task: () => void): (() => void) => {
    const once = (): void => {
      tasks.delete(once);
      task();
    };
    tasks.set(once, nowMs + ms);
    return () => void tasks.delete(once);
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after,
    sleep: (ms) => new Promise((resolve) => void after(ms, resolve)),
    advance(ms) {
      const until = nowMs + ms;
      for (;;) {
        const [next] = [...tasks].filter(([, at]) => at <= until).sort((a, b) => a[1] - b[1]);
        if (next === undefined) break;
        nowMs = next[1];
        next[0]();
      }
      nowMs = until;
    },
  };
}
