import type { Clock } from './clock.ts';
import { limits } from './limits.ts';

/**
 * Gives memory back that a start or a burst of work has left behind, whenever the process does next to nothing: V8 itself
 * collects only when something is allocated. A process whose memory has not grown since the last time is left alone.
 * Does nothing unless Node runs with `--expose-gc`; runs until the process ends and does not keep it alive.
 */
export function collectWhenIdle(clock: Clock): void {
  const collect = globalThis.gc;
  if (collect === undefined) return;
  let settledBytes = 0;
  let last = { cpu: process.cpuUsage(), atMs: clock.monotonicMs() };
  const look = (): void => {
    const used = process.cpuUsage(last.cpu);
    const nowMs = clock.monotonicMs();
    const busyShare = (used.user + used.system) / 1000 / (nowMs - last.atMs);
    if (busyShare < limits.idleCpuShare && process.memoryUsage.rss() > settledBytes + limits.idleGrowthBytes) {
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      settledBytes = process.memoryUsage.rss();
    }
    last = { cpu: process.cpuUsage(), atMs: clock.monotonicMs() };
    clock.after(limits.idleCheckMs, look);
  };
  clock.after(limits.idleCheckMs, look);
}
