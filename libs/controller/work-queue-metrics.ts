import type { Clock } from '@taffrail/platform/clock';
import { SECONDS_BOUNDS, type Metrics } from '@taffrail/platform/metrics';

/** What a work queue tells of its keys. */
export interface WorkQueueObserver {
  added(key: string): void;
  taken(key: string): void;
  done(key: string): void;
  retried(): void;
  /** Told once, with a way to ask how many keys wait. */
  sized(size: () => number): void;
}

/** Counts a queue under the names Kubernetes' own controllers use. */
export function workQueueMetrics(metrics: Metrics, name: string, clock: Clock): WorkQueueObserver {
  const labels = ['name'];
  const adds = metrics.counter('workqueue_adds_total', 'Keys that came into a queue.', labels);
  const retries = metrics.counter('workqueue_retries_total', 'Keys that were put back after a failure.', labels);
  const depth = metrics.gauge('workqueue_depth', 'Keys that wait.', labels);
  const unfinished = metrics.gauge(
    'workqueue_unfinished_work_seconds',
    'Time spent so far on keys that are being worked on, added up.',
    labels,
  );
  const waited = metrics.histogram(
    'workqueue_queue_duration_seconds',
    'Time a key waits before it is worked on.',
    SECONDS_BOUNDS,
    labels,
  );
  const worked = metrics.histogram(
    'workqueue_work_duration_seconds',
    'Time from taking a key to giving it back.',
    SECONDS_BOUNDS,
    labels,
  );
  const waiting = new Map<string, number>();
  const working = new Map<string, number>();
  adds.add(0, name);
  retries.add(0, name);
  return {
    added(key) {
      adds.add(1, name);
      waiting.set(key, clock.monotonicMs());
    },
    taken(key) {
      const nowMs = clock.monotonicMs();
      waited.observe((nowMs - (waiting.get(key) ?? nowMs)) / 1000, name);
      waiting.delete(key);
      working.set(key, nowMs);
    },
    done(key) {
      const nowMs = clock.monotonicMs();
      worked.observe((nowMs - (working.get(key) ?? nowMs)) / 1000, name);
      working.delete(key);
    },
    retried: () => retries.add(1, name),
    sized(size) {
      metrics.beforeCollect(() => {
        const nowMs = clock.monotonicMs();
        depth.set(size(), name);
        unfinished.set([...working.values()].reduce((sum, sinceMs) => sum + nowMs - sinceMs, 0) / 1000, name);
      });
    },
  };
}
