import type { ApiContext } from './context.ts';
import type { Gauge } from './metrics.ts';

/** Numbers of the moment: the process, its watches, and the writes that wait. */
export function gaugesOf(context: ApiContext): readonly Gauge[] {
  const queue = context.state.queueDepth();
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  return [
    one('process_resident_memory_bytes', 'Resident memory of this process.', process.memoryUsage.rss()),
    {
      ...one('process_cpu_seconds_total', 'CPU time of this process.', (userCPUTime + systemCPUTime) / 1e6),
      type: 'counter',
    },
    one('apiserver_longrunning_requests', 'Open watches.', context.watches.count),
    one('taffrail_commit_queue_commands', 'Writes waiting for a commit.', queue.commands),
    one('taffrail_commit_queue_bytes', 'Bytes of writes waiting for a commit.', queue.bytes),
  ];
}

function one(name: string, help: string, value: number): Gauge {
  return { name, help, samples: [{ labels: '', value }] };
}
