import type { Clock } from '@taffrail/platform/clock';

/** A clock that only goes on when it is told to. */
export interface VirtualClock extends Clock {
  advance(ms: number): void;
  set(nowMs: number): void;
}

interface Task {
  readonly atMs: number;
  run(): void;
}

/** A clock for tests, starting at a fixed time. */
export function virtualClock(startMs = Date.UTC(2026, 0, 1)): VirtualClock {
  let nowMs = startMs;
  let monotonicMs = 0;
  const tasks = new Set<Task>();
  const after = (ms: number, run: () => void): (() => void) => {
    const task = { atMs: monotonicMs + ms, run };
    tasks.add(task);
    return () => tasks.delete(task);
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => monotonicMs,
    after,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const cancel = after(ms, resolve);
      const abort = (): void => reject(signal?.reason);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await promise;
      } finally {
        cancel();
        signal?.removeEventListener('abort', abort);
      }
    },
    advance(ms) {
      nowMs += ms;
      monotonicMs += ms;
      for (const task of [...tasks].filter((one) => one.atMs <= monotonicMs)) {
        tasks.delete(task);
        task.run();
      }
    },
    set(toMs) {
      nowMs = toMs;
    },
  };
}
