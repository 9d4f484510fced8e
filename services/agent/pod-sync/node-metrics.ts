import { SECONDS_BOUNDS, type Metrics } from '@taffrail/platform/metrics';
import type { ObservedPod } from './observed-pod.ts';

/** What a node counts of its pods, under the kubelet's names. */
export interface NodeMetrics {
  /** A pod was looked at and planned. */
  looked(seconds: number): void;
  /** A pod was reported Running for the first time, this long after the node heard of it. */
  started(seconds: number): void;
}

export function nodeMetrics(metrics: Metrics, nodeName: string): NodeMetrics {
  metrics.gauge('kubelet_node_name', 'The name of the node; always 1.', ['node']).set(1, nodeName);
  const worker = metrics.histogram(
    'kubelet_pod_worker_duration_seconds',
    'Time of looking at a pod and planning for it.',
    SECONDS_BOUNDS,
    ['operation_type'],
  );
  const started = metrics.histogram(
    'kubelet_pod_start_duration_seconds',
    'Time from hearing of a pod until it was reported running.',
    SECONDS_BOUNDS,
  );
  return {
    looked: (seconds) => worker.observe(seconds, 'sync'),
    started: (seconds) => started.observe(seconds),
  };
}

/** Counts what runs, whenever the metrics are read. */
export function measurePods(metrics: Metrics, observed: () => readonly ObservedPod[]): void {
  const pods = metrics.gauge('kubelet_running_pods', 'Pods that have a ready sandbox.');
  const containers = metrics.gauge('kubelet_running_containers', 'Containers by state.', ['container_state']);
  metrics.beforeCollect(() => {
    const all = observed();
    pods.set(all.filter(({ sandboxes }) => sandboxes.some(({ state }) => state === 'ready')).length);
    for (const state of ['created', 'running', 'exited', 'unknown'] as const) {
      const count = all.flatMap((one) => one.containers).filter(({ phase }) => phase === state).length;
      containers.set(count, state);
    }
  });
}
