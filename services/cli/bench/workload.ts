import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import type { BenchAnswer, BenchClient, BenchRequest } from './bench-client.ts';
import type { Measurement } from './measurement.ts';

/** A server under load, and the namespace that all of it happens in. */
export interface BenchTarget {
  readonly client: BenchClient;
  readonly namespace: string;
  /** The server's processes, for CPU and memory; none when they are elsewhere. */
  readonly pids: readonly number[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How much of everything. */
export interface BenchSize {
  readonly creates: number;
  readonly reads: number;
  readonly pods: number;
  readonly lists: number;
  readonly watchedWrites: number;
}

/** One kind of load. It leaves the namespace as the next ones expect it. */
export interface Workload {
  readonly name: string;
  readonly concurrency: number;
  run(target: BenchTarget, size: BenchSize): Promise<Measurement>;
}

export const FULL: BenchSize = Object.freeze({
  creates: 4_000,
  reads: 10_000,
  pods: 10_000,
  lists: 10,
  watchedWrites: 50,
});
export const QUICK: BenchSize = Object.freeze({ creates: 400, reads: 1_000, pods: 500, lists: 5, watchedWrites: 10 });

/** Sends a request that must succeed. */
export async function must(target: BenchTarget, request: BenchRequest): Promise<BenchAnswer> {
  const answer = await target.client.ask(request, true);
  if (answer.status >= 400) {
    const { method, path } = request;
    throw new OperatingError(
      'protocol',
      `${method} ${path} was answered ${answer.status}: ${answer.body.slice(0, 300)}`,
    );
  }
  return answer;
}

export function collection({ namespace }: BenchTarget, resource: 'configmaps' | 'pods'): string {
  return `/api/v1/namespaces/${namespace}/${resource}`;
}
