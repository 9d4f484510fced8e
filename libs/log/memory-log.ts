import { assert } from '@taffrail/platform/assert';
import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { AppendResult, Head, ReadOptions, StoredCommit } from './commit-log.ts';
import { wakeup } from './wakeup.ts';
import type { WindowLog } from './window-log.ts';

/** A log in memory, for tests and the simulator: same contract, gone with the process. */
export function memoryLog(name: string): WindowLog {
  const commits: Uint8Array[] = [];
  const appended = wakeup();
  let trimmed = 0;
  let closed = false;
  const last = (): Sequence => sequence(trimmed + commits.length);

  const opened = (signal: AbortSignal | undefined): void => {
    if (closed) throw new OperatingError('aborted', `log ${name} is closed`);
    if (signal?.aborted === true) throw new OperatingError('aborted', `log ${name}: aborted`, { cause: signal.reason });
  };

  async function* read({ from, until, signal }: ReadOptions): AsyncGenerator<StoredCommit> {
    assert(from > 0, 'a log is read from sequence 1 or later');
    const end = until ?? Number.POSITIVE_INFINITY;
    for (let next = from; next <= end; next = sequence(next + 1)) {
      while (next > last()) {
        opened(signal);
        await appended.wait(signal);
      }
      opened(signal);
      const payload = commits[next - trimmed - 1];
      if (payload === undefined) throw new OperatingError('log-gap', `log ${name} has no commit ${next}`);
      yield { sequence: next, payload };
    }
  }

  return Object.freeze({
    name,
    read,
    async head(signal?: AbortSignal): Promise<Head> {
      opened(signal);
      return { sequence: last() };
    },
    async append(payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<AppendResult> {
      opened(signal);
      if (last() !== expectedLast) return { outcome: 'lost-fence', head: last() };
      commits.push(Uint8Array.from(payload));
      appended.wake();
      return { outcome: 'appended', sequence: last() };
    },
    async first(signal?: AbortSignal): Promise<Sequence> {
      opened(signal);
      return sequence(trimmed + 1);
    },
    async trim(before: Sequence, signal?: AbortSignal): Promise<void> {
      opened(signal);
      assert(before <= last(), 'the head is never cut off');
      if (before <= trimmed + 1) return;
      commits.splice(0, before - 1 - trimmed);
      trimmed = before - 1;
    },
    async close(): Promise<void> {
      closed = true;
      appended.wake();
    },
  });
}
