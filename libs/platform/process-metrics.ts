import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock.ts';
import { limits } from './limits.ts';
import type { Metrics } from './metrics.ts';

/** Counts what a process uses: memory, CPU, open files, and how long its event loop keeps work waiting. */
export function measureProcess(metrics: Metrics, clock: Clock): void {
  const resident = metrics.gauge('process_resident_memory_bytes', 'Resident memory of this process.');
  const heap = metrics.gauge('taffrail_heap_used_bytes', 'Memory of live and not yet collected objects.');
  const buffers = metrics.gauge('taffrail_buffer_bytes', 'Memory of buffers, which lies outside the heap.');
  const cpu = metrics.counter('process_cpu_seconds_total', 'CPU time of this process, user and system.');
  const started = metrics.gauge('process_start_time_seconds', 'When this process started, seconds since the epoch.');
  const delay = metrics.gauge(
    'taffrail_event_loop_delay_seconds',
    `How late the event loop came to its timers in the last ${limits.eventLoopWindowMs / 1000} s.`,
    ['quantile'],
  );
  started.set(clock.nowMs() / 1000 - process.uptime());
  let counted = 0;
  metrics.beforeCollect(() => {
    const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    buffers.set(arrayBuffers);
    const { user, system } = process.cpuUsage();
    const seconds = (user + system) / 1e6;
    cpu.add(seconds - counted);
    counted = seconds;
  });
  const loop = monitorEventLoopDelay({ resolution: limits.eventLoopResolutionMs });
  loop.enable();
  const turn = (): void => {
    // The monitor counts the whole time between two of its timers; on an idle loop that is their distance.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - limits.eventLoopResolutionMs / 1000);
    for (const percent of [50, 90, 99] as const) delay.set(late(loop.percentile(percent)), String(percent / 100));
    delay.set(loop.count === 0 ? 0 : late(loop.max), '1');
    loop.reset();
    clock.after(limits.eventLoopWindowMs, turn);
  };
  for (const quantile of ['0.5', '0.9', '0.99', '1']) delay.set(0, quantile);
  clock.after(limits.eventLoopWindowMs, turn);
}
