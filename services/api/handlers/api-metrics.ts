import type { Metrics } from '@taffrail/platform/metrics';
import type { ApiContext } from './context.ts';

/** Numbers of the moment: the open watches, the writes that wait, and what memory holds. */
export function measureApi(metrics: Metrics, { state, watches }: ApiContext): void {
  const open = metrics.gauge('apiserver_longrunning_requests', 'Open watches.', ['verb']);
  const commands = metrics.gauge('taffrail_commit_queue_commands', 'Writes waiting for a commit.');
  const bytes = metrics.gauge('taffrail_commit_queue_bytes', 'Bytes of writes waiting for a commit.');
  const sequence = metrics.gauge('taffrail_log_sequence', 'Last sequence folded into the committed state.', ['log']);
  const objects = metrics.gauge('taffrail_live_objects', 'Objects held in memory.', ['log']);
  const objectBytes = metrics.gauge('taffrail_live_objects_bytes', 'Bytes of the objects held in memory.', ['log']);
  metrics.beforeCollect(() => {
    open.set(watches.count, 'WATCH');
    const queue = state.queueDepth();
    commands.set(queue.commands);
    bytes.set(queue.bytes);
    for (const space of state.spaces()) {
      sequence.set(space.sequence, space.log);
      objects.set(space.objectsCount, space.log);
      objectBytes.set(space.objectsBytes, space.log);
    }
  });
}
