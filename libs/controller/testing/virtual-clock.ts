import type { Clock } from '@taffrail/platform/clock';

/** A clock that stands still; nothing may wait on it. */
export function fixedClock(nowMs: number): Clock {
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    sleep: () => Promise.reject(new Error('a fixed clock cannot sleep')),
    after: () => () => undefined,
  };
}

export interface VirtualClock extends Clock {
  /** Moves time on, running what becomes due in order and letting promises settle in between. */
  advance(ms: number): Promise<void>;
}

/** A clock a test moves by hand. */
export function virtualClock(startMs = 0): VirtualClock {
  let nowMs = startMs;
  let order = 0;
  const tasks = new Set<{ readonly atMs: number; readonly order: number; readonly run: () => void }>();
  const after = (ms: number, run: () => void): (() => void) => {
    const task = { atMs: nowMs + ms, order: order++, run };
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    after,
    sleep(ms, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal?.aborted === true) return Promise.reject(signal.reason);
      const cancel = after(ms, resolve);
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      return promise.finally(() => signal?.removeEventListener('abort', onAbort));
    },
    async advance(ms) {
      const until = nowMs + ms;
      await settle();
      for (;;) {
        const due = [...tasks].filter((task) => task.atMs <= until);
        due.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        const [next] = due;
        if (next === undefined) break;
        tasks.delete(next);
        nowMs = Math.max(nowMs, next.atMs);
        next.run();
        await settle();
      }
      nowMs = until;
    },
  };
}
