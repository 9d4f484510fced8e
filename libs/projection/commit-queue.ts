import type { Commit } from '@taffrail/log/commit';
import { wakeup } from '@taffrail/log/wakeup';
import { limits } from '@taffrail/platform/limits';

/** Commits on their way from a reader to a writer, bounded by bytes. One side fills it, the other takes batches. */
export interface CommitQueue {
  /** Reads `commits` to their end into the queue, waiting while it is full. What ends the reading ends `take` behind the last commit. */
  fill(commits: AsyncIterable<Commit>, signal: AbortSignal): Promise<void>;
  /** The next commits, as many as are there and fit one batch; empty at the end. Throws what ended the reading, and when aborted. */
  take(signal: AbortSignal): Promise<readonly Commit[]>;
  /** Whether a whole batch waits: there is nothing to gather for. */
  hasBatch(): boolean;
  /** What waits. */
  depth(): { readonly commits: number; readonly bytes: number; readonly oldestMs: number | undefined };
}

/** `gathered` is told when a whole batch waits. */
export function commitQueue(gathered: () => void = () => undefined): CommitQueue {
  const waiting: Commit[] = [];
  const changed = wakeup();
  let bytes = 0;
  let events = 0;
  let end: { readonly failure?: unknown } | undefined;

  const hasBatch = (): boolean => events >= limits.projectorBatchCount || bytes >= limits.projectorBatchBytes;

  async function pump(commits: AsyncIterable<Commit>, signal: AbortSignal): Promise<void> {
    for await (const commit of commits) {
      while (bytes > limits.projectorQueueBytes && !signal.aborted) await changed.wait(signal);
      waiting.push(commit);
      bytes += commit.payload.byteLength;
      events += commit.events.length;
      changed.wake();
      if (hasBatch()) gathered();
    }
  }

  return {
    async fill(commits, signal) {
      try {
        await pump(commits, signal);
        end = {};
      } catch (failure) {
        end = { failure };
      }
      changed.wake();
    },
    async take(signal) {
      while (waiting.length === 0) {
        signal.throwIfAborted();
        if (end !== undefined) {
          if ('failure' in end) throw end.failure;
          return [];
        }
        await changed.wait(signal);
      }
      const batch = waiting.splice(0, batchLength(waiting));
      for (const commit of batch) {
        bytes -= commit.payload.byteLength;
        events -= commit.events.length;
      }
      changed.wake();
      return batch;
    },
    hasBatch,
    depth: () => ({ commits: waiting.length, bytes, oldestMs: waiting[0]?.timeMs }),
  };
}

/** How many of the first commits make one batch: at least one, then while events and bytes stay within their bounds. */
function batchLength(commits: readonly Commit[]): number {
  let events = 0;
  let bytes = 0;
  for (const [index, commit] of commits.entries()) {
    events += commit.events.length;
    bytes += commit.payload.byteLength;
    const full =
      events > limits.projectorBatchCount || bytes > limits.projectorBatchBytes || index >= limits.projectorBatchCount;
    if (full && index > 0) return index;
  }
  return commits.length;
}
