import { SECONDS_BOUNDS, type Metrics } from '@taffrail/platform/metrics';
import type { PodQueue } from './pod-queue.ts';

export type AttemptResult = 'scheduled' | 'unschedulable' | 'error';

/** What the scheduler counts, under the names of Kubernetes' own. */
export interface SchedulerMetrics {
  /** One decision was made, within a time. */
  decided(seconds: number): void;
  /** One attempt is over: the pod is bound, has no place, or could not be bound. */
  attempted(result: AttemptResult, seconds: number): void;
  /** A pod was bound, this long after it was seen pending for the first time. */
  placed(seconds: number): void;
}

const PROFILE = 'default-scheduler';

export function schedulerMetrics(metrics: Metrics, queue: PodQueue, binding: () => number): SchedulerMetrics {
  const labels = ['result', 'profile'];
  const attempts = metrics.counter('scheduler_schedule_attempts_total', 'Attempts by result.', labels);
  const attempt = metrics.histogram(
    'scheduler_scheduling_attempt_duration_seconds',
    'Time of one attempt, from the decision to the binding.',
    SECONDS_BOUNDS,
    labels,
  );
  const algorithm = metrics.histogram(
    'scheduler_scheduling_algorithm_duration_seconds',
    'Time of one decision.',
    SECONDS_BOUNDS,
  );
  const placed = metrics.histogram(
    'scheduler_pod_scheduling_sli_duration_seconds',
    'Time from seeing a pod pending until it is bound.',
    SECONDS_BOUNDS,
  );
  const pending = metrics.gauge('scheduler_pending_pods', 'Pods that wait, by where they wait.', ['queue']);
  const bindings = metrics.gauge('taffrail_scheduler_bindings', 'Bindings under way.');
  for (const result of ['scheduled', 'unschedulable', 'error']) attempts.add(0, result, PROFILE);
  metrics.beforeCollect(() => {
    const { ready, parked } = queue.depth();
    pending.set(ready, 'active');
    pending.set(parked, 'unschedulable');
    bindings.set(binding());
  });
  return {
    decided: (seconds) => algorithm.observe(seconds),
    attempted(result, seconds) {
      attempts.add(1, result, PROFILE);
      attempt.observe(seconds, result, PROFILE);
    },
    placed: (seconds) => placed.observe(seconds),
  };
}
