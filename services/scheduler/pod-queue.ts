import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';

/** A pod that waits, as the queue knows it. */
export interface QueuedPod {
  readonly key: string;
  readonly priority: number;
}

/**
 * Pods that wait for a node. Ready ones come by priority, then in order of arrival. One that found no place is parked
 * until something changes that may help, and not before its back-off (1 s doubling to 10 s) is over.
 */
export interface PodQueue {
  /** Makes a pod ready; one that is ready already keeps its place. */
  add(pod: QueuedPod): void;
  /** Puts a pod that found no place aside. */
  park(pod: QueuedPod): void;
  /** Makes a parked pod ready when its back-off is over, whether anything changed or not. */
  retryLater(pod: QueuedPod): void;
  /** Makes every parked pod ready, each when its back-off is over. */
  retryParked(): void;
  /** Forgets a pod altogether. */
  remove(key: string): void;
  isParked(key: string): boolean;
  /** How many pods wait (metrics). */
  depth(): { readonly ready: number; readonly parked: number };
  next(): string | undefined;
  /** Resolves when a pod is ready. Rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void>;
  close(): void;
}

interface Parked {
  readonly pod: QueuedPod;
  readonly untilMs: number;
  cancel: (() => void) | undefined;
}

export function podQueue(clock: Clock): PodQueue {
  /** Ready pods by priority. A Set keeps the order of arrival. */
  const ready = new Map<number, Set<string>>();
  const parked = new Map<string, Parked>();
  const attempts = new Map<string, number>();
  let wake: (() => void) | undefined;

  const unready = (key: string): void => {
    for (const [priority, keys] of ready) {
      if (keys.delete(key) && keys.size === 0) ready.delete(priority);
    }
  };
  const unpark = (key: string): void => {
    parked.get(key)?.cancel?.();
    parked.delete(key);
  };
  const add = (pod: QueuedPod): void => {
    unpark(pod.key);
    let keys = ready.get(pod.priority);
    if (keys === undefined) ready.set(pod.priority, (keys = new Set()));
    keys.add(pod.key);
    wake?.();
  };
  const park = (pod: QueuedPod): Parked => {
    unready(pod.key);
    unpark(pod.key);
    const count = (attempts.get(pod.key) ?? 0) + 1;
    attempts.set(pod.key, count);
    const backoffMs = Math.min(limits.podBackoffMinimumMs * 2 ** (count - 1), limits.podBackoffMaximumMs);
    const entry: Parked = { pod, untilMs: clock.monotonicMs() + backoffMs, cancel: undefined };
    parked.set(pod.key, entry);
    return entry;
  };
  const readyWhenDue = (entry: Parked): void => {
    const leftMs = entry.untilMs - clock.monotonicMs();
    if (leftMs <= 0) add(entry.pod);
    else entry.cancel ??= clock.after(leftMs, () => add(entry.pod));
  };

  return {
    add,
    park: (pod) => void park(pod),
    retryLater: (pod) => readyWhenDue(park(pod)),
    retryParked() {
      for (const entry of parked.values()) readyWhenDue(entry);
    },
    remove(key) {
      unready(key);
      unpark(key);
      attempts.delete(key);
    },
    isParked: (key) => parked.has(key),
    depth: () => ({
      ready: [...ready.values()].reduce((sum, keys) => sum + keys.size, 0),
      parked: parked.size,
    }),
    next() {
      const highest = Math.max(...ready.keys());
      const key = ready.get(highest)?.values().next().value;
      if (key !== undefined) unready(key);
      return key;
    },
    wait(signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (ready.size > 0) return Promise.resolve();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      wake = resolve;
      return promise.finally(() => {
        wake = undefined;
        signal.removeEventListener('abort', onAbort);
      });
    },
    close() {
      for (const key of parked.keys()) unpark(key);
    },
  };
}
