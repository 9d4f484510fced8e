import type { Clock } from '@taffrail/platform/clock';
import { backoff, type Backoff } from '@taffrail/platform/backoff';
import type { Random } from '@taffrail/platform/random';
import type { WorkQueueObserver } from './work-queue-metrics.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Keys that may wait; a new key beyond it is refused. */
  readonly maximumCount: number;
  readonly retryMinimumMs: number;
  readonly retryMaximumMs: number;
  readonly observer?: WorkQueueObserver;
}

/**
 * Keys to work on, with the guarantees of client-go's queue: a key waits at most once; it is never worked on twice at
 * the same time; a key added while it is worked on waits again once that is done.
 */
export interface WorkQueue {
  /** False when the key was refused because too many wait. */
  add(key: string): boolean;
  /** Adds after a while. Of several such wishes for one key the earliest stands. */
  addAfter(key: string, delayMs: number): void;
  /** Adds after the key's back-off, which doubles each time until `forget`. Answers the delay. */
  retry(key: string): number;
  /** Ends the key's back-off. */
  forget(key: string): void;
  /** The next key, first come first served; waits for one. Rejects with the signal's reason. */
  take(signal: AbortSignal): Promise<string>;
  /** Tells that work on a taken key is over. */
  done(key: string): void;
  /** Keys that wait, those in a delay not counted. */
  readonly size: number;
  /** Cancels every delay. */
  close(): void;
}

export function workQueue(options: WorkQueueOptions): WorkQueue {
  const { clock, random, maximumCount, observer } = options;
  const waiting = new Set<string>();
  const working = new Set<string>();
  /** Added while worked on. */
  const again = new Set<string>();
  const delayed = new Map<string, { readonly atMs: number; readonly cancel: () => void }>();
  const failing = new Map<string, Backoff>();
  const takers: ((key: string) => void)[] = [];

  const hand = (): void => {
    while (takers.length > 0) {
      const next = waiting.values().next();
      if (next.done === true) return;
      waiting.delete(next.value);
      working.add(next.value);
      observer?.taken(next.value);
      takers.shift()?.(next.value);
    }
  };

  const add = (key: string): boolean => {
    if (waiting.has(key) || again.has(key)) return true;
    if (waiting.size + again.size >= maximumCount) return false;
    observer?.added(key);
    if (working.has(key)) again.add(key);
    else waiting.add(key);
    hand();
    return true;
  };

  const addAfter = (key: string, delayMs: number): void => {
    const atMs = clock.monotonicMs() + delayMs;
    const earlier = delayed.get(key);
    if (earlier !== undefined && earlier.atMs <= atMs) return;
    earlier?.cancel();
    const ring = (): void => {
      delayed.delete(key);
      // A full queue is emptied by work: ask again soon rather than lose the key.
      if (!add(key)) addAfter(key, options.retryMaximumMs);
    };
    delayed.set(key, { atMs, cancel: clock.after(Math.max(0, delayMs), ring) });
  };

  observer?.sized(() => waiting.size + again.size);
  return {
    add,
    addAfter,
    retry(key) {
      let delay = failing.get(key);
      if (delay === undefined) {
        delay = backoff(random, options.retryMinimumMs, options.retryMaximumMs);
        failing.set(key, delay);
      }
      observer?.retried();
      const delayMs = delay.nextMs();
      addAfter(key, delayMs);
      return delayMs;
    },
    forget: (key) => void failing.delete(key),
    take(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const onAbort = (): void => {
        const at = takers.indexOf(resolve);
        if (at !== -1) takers.splice(at, 1);
        reject(signal.reason);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      takers.push(resolve);
      hand();
      return promise.finally(() => signal.removeEventListener('abort', onAbort));
    },
    done(key) {
      working.delete(key);
      observer?.done(key);
      if (again.delete(key)) {
        waiting.add(key);
        hand();
      }
    },
    get size() {
      return waiting.size + again.size;
    },
    close() {
      for (const { cancel } of delayed.values()) cancel();
      delayed.clear();
    },
  };
}
