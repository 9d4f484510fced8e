/** Lets waiters sleep until someone calls `wake`, or their signal is aborted. Waiters look again themselves: a wake may be for nothing. */
export interface Wakeup {
  wake(): void;
  /** Resolves at the next wake or when the signal is aborted; never rejects. */
  wait(signal?: AbortSignal): Promise<void>;
}

export function wakeup(): Wakeup {
  const waiting = new Set<() => void>();
  return {
    wake() {
      for (const resume of waiting) resume();
    },
    wait(signal) {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise<void>((resolve) => {
        const resume = (): void => {
          waiting.delete(resume);
          signal?.removeEventListener('abort', resume);
          resolve();
        };
        waiting.add(resume);
        signal?.addEventListener('abort', resume, { once: true });
      });
    },
  };
}
