import type { Clock } from '@taffrail/platform/clock';
import { SECONDS_BOUNDS, type Metrics } from '@taffrail/platform/metrics';
import { aroundRuntime } from './around-runtime.ts';
import type { Runtime } from './port.ts';

/** Counts every call of the runtime under the kubelet's names. */
export function measuredRuntime(runtime: Runtime, metrics: Metrics, clock: Clock): Runtime {
  const labels = ['operation_type'];
  const total = metrics.counter('kubelet_runtime_operations_total', 'Calls of the container runtime.', labels);
  const errors = metrics.counter('kubelet_runtime_operations_errors_total', 'Calls that failed.', labels);
  const help = 'Time of one call of the container runtime.';
  const duration = metrics.histogram('kubelet_runtime_operations_duration_seconds', help, SECONDS_BOUNDS, labels);
  return aroundRuntime(runtime, async (operation, call) => {
    const startMs = clock.monotonicMs();
    total.add(1, operation);
    try {
      return await call();
    } catch (error) {
      errors.add(1, operation);
      throw error;
    } finally {
      duration.observe((clock.monotonicMs() - startMs) / 1000, operation);
    }
  });
}
