import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import type { BenchAnswer } from './bench-client.ts';
import { processFigures } from './server-processes.ts';

/** What one piece of work came to. */
export interface Measurement {
  readonly operations: number;
  readonly failures: number;
  /** The first failure, in words. */
  readonly failure?: string;
  readonly seconds: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Bytes of all answers. */
  readonly bytes: number;
  /** CPU time of the server's processes for each operation; absent where they are not known. */
  readonly cpuMsPerOperation?: number;
  /** Resident memory of the server's processes at the end. */
  readonly rssBytes?: number;
}

export interface Pool {
  readonly clock: Clock;
  readonly pids: readonly number[];
  readonly signal: AbortSignal;
}

/** Runs `count` operations, `concurrency` of them at a time. A failed one is counted and does not end the others. */
export async function measure(
  { clock, pids, signal }: Pool,
  { count, concurrency }: { readonly count: number; readonly concurrency: number },
  operation: (index: number) => Promise<BenchAnswer>,
): Promise<Measurement> {
  const tally = new Tally();
  const before = processFigures(pids);
  const startMs = clock.monotonicMs();
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count && !signal.aborted) {
      const index = next++;
      const sentMs = clock.monotonicMs();
      try {
        const answer = await operation(index);
        if (answer.status >= 400) tally.failed(`answered ${answer.status}: ${answer.body.slice(0, 300)}`);
        else tally.done(clock.monotonicMs() - sentMs, answer.bytes);
      } catch (error) {
        tally.failed(messageOf(error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
  signal.throwIfAborted();
  const tookMs = clock.monotonicMs() - startMs;
  const after = processFigures(pids);
  return tally.measurement(tookMs, before, after);
}

/** Gathers the times of operations. */
export class Tally {
  readonly #timesMs: number[] = [];
  #bytes = 0;
  #failures = 0;
  #failure: string | undefined;

  done(tookMs: number, bytes: number): void {
    this.#timesMs.push(tookMs);
    this.#bytes += bytes;
  }

  failed(why: string): void {
    this.#failures++;
    this.#failure ??= why;
  }

  measurement(
    tookMs: number,
    before: ReturnType<typeof processFigures>,
    after: ReturnType<typeof processFigures>,
  ): Measurement {
    const sorted = this.#timesMs.sort((one, other) => one - other);
    const operations = sorted.length;
    return {
      operations,
      failures: this.#failures,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
      seconds: tookMs / 1000,
      perSecond: operations / (tookMs / 1000),
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      bytes: this.#bytes,
      ...(before === undefined || after === undefined
        ? {}
        : { cpuMsPerOperation: (after.cpuMs - before.cpuMs) / Math.max(1, operations), rssBytes: after.rssBytes }),
    };
  }
}

/** The value below which that share of sorted values lies; 0 where there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  const at = Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1));
  return sorted[at] ?? 0;
}
