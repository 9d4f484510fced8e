/** Lets at most `count` holders in at a time, in the order they came. */
export interface Slots {
  /** Waits for a slot, runs `task` in it and gives it back. Rejects with the signal's reason when aborted first. */
  run<T>(task: () => Promise<T>, signal: AbortSignal): Promise<T>;
}

export function slots(count: number): Slots {
  let free = count;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  const take = (signal: AbortSignal): Promise<void> => {
    if (free > 0) {
      free--;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        waiting.splice(waiting.indexOf(granted), 1);
        reject(signal.reason as Error);
      };
      const granted = (): void => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      };
      waiting.push(granted);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  };
  return {
    async run(task, signal) {
      signal.throwIfAborted();
      await take(signal);
      try {
        return await task();
      } finally {
        release();
      }
    },
  };
}
