import { sequence, type Sequence } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { LatestLog, LatestSnapshot, LatestValue, PutResult } from './latest-log.ts';
import { wakeup } from './wakeup.ts';

/** A last-value log in memory, for tests and the simulator. `createdMs` is the epoch its sequences start at. */
export function memoryLatestLog(name: string, createdMs: number): LatestLog {
  /** In the order of their sequences: a put moves its subject to the end. */
  const values = new Map<string, LatestValue>();
  const stored = wakeup();
  let head = sequence(createdMs - 1);
  let closed = false;

  const opened = (signal: AbortSignal | undefined): void => {
    if (closed) throw new OperatingError('aborted', `log ${name} is closed`);
    if (signal?.aborted === true) throw new OperatingError('aborted', `log ${name}: aborted`, { cause: signal.reason });
  };

  async function* follow(after: Sequence, signal: AbortSignal): AsyncGenerator<LatestValue> {
    let cursor = after;
    for (;;) {
      opened(signal);
      if (head < cursor) throw new OperatingError('log-behind', `log ${name} ends at ${head}, before ${cursor}`);
      const next = [...values.values()].find((value) => value.sequence > cursor);
      if (next === undefined) {
        await stored.wait(signal);
        continue;
      }
      cursor = next.sequence;
      yield next;
    }
  }

  return Object.freeze({
    name,
    prefix: name.toLowerCase(),
    follow,
    async put(subject: string, payload: Uint8Array, expectedLast: Sequence, signal?: AbortSignal): Promise<PutResult> {
      opened(signal);
      if ((values.get(subject)?.sequence ?? 0) !== expectedLast) return { outcome: 'conflict' };
      head = sequence(head + 1);
      values.delete(subject);
      values.set(subject, { subject, sequence: head, payload: Uint8Array.from(payload) });
      stored.wake();
      return { outcome: 'stored', sequence: head };
    },
    async head(signal?: AbortSignal): Promise<Sequence> {
      opened(signal);
      return head;
    },
    async load(signal: AbortSignal): Promise<LatestSnapshot> {
      opened(signal);
      return { head, values: [...values.values()] };
    },
    async close(): Promise<void> {
      closed = true;
      stored.wake();
    },
  });
}
