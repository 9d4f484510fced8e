import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { BenchWatch } from './bench-client.ts';
import { Tally } from './measurement.ts';
import { annotationPatch, configMapBody } from './sample-objects.ts';
import { processFigures } from './server-processes.ts';
import { collection, must, type BenchTarget, type Workload } from './workload.ts';

/**
 * Many watchers of one collection, and one writer. An operation is one event at one watcher; its time is counted from
 * sending the write, so it holds the commit and the whole way to the last watcher.
 */
export function watchFanOut(watchers: number): Workload {
  return {
    name: `event to ${watchers} watchers`,
    concurrency: watchers,
    async run(target, { watchedWrites }) {
      const name = `watched-${watchers}`;
      const path = collection(target, 'configmaps');
      const made = await must(target, { method: 'POST', path, body: configMapBody(name) });
      const { resourceVersion } = (JSON.parse(made.body) as { metadata: { resourceVersion: string } }).metadata;
      const arrivals = new Arrivals(target, watchers);
      const query = `watch=1&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${name}`;
      const open: BenchWatch[] = [];
      try {
        for (let from = 0; from < watchers; from += 50) {
          const some = Array.from({ length: Math.min(50, watchers - from) }, () =>
            target.client.watch(`${path}?${query}`, () => arrivals.arrived()),
          );
          open.push(...(await Promise.all(some)));
        }
        const tally = new Tally();
        const before = processFigures(target.pids);
        const startMs = target.clock.monotonicMs();
        for (let turn = 0; turn < watchedWrites; turn++) {
          const times = arrivals.next();
          const body = annotationPatch(String(turn));
          await must(target, {
            method: 'PATCH',
            path: `${path}/${name}`,
            body,
            contentType: 'application/merge-patch+json',
          });
          for (const ms of await times) tally.done(ms, 0);
        }
        const tookMs = target.clock.monotonicMs() - startMs;
        return tally.measurement(tookMs, before, processFigures(target.pids));
      } finally {
        for (const watch of open) watch.close();
        await target.client.ask({ method: 'DELETE', path: `${path}/${name}` });
      }
    },
  };
}

/** Waits until one event has come to every watcher. */
class Arrivals {
  readonly #target: BenchTarget;
  readonly #count: number;
  #sentMs = 0;
  #timesMs: number[] = [];
  #all: ((times: readonly number[]) => void) | undefined;

  constructor(target: BenchTarget, count: number) {
    this.#target = target;
    this.#count = count;
  }

  /** Resolves with the time each watcher's event took. Throws `timeout` when one does not come. */
  next(): Promise<readonly number[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly number[]>();
    this.#timesMs = [];
    this.#sentMs = this.#target.clock.monotonicMs();
    const cancel = this.#target.clock.after(limits.benchEventMs, () => {
      reject(new OperatingError('timeout', `only ${this.#timesMs.length} of ${this.#count} watchers got the event`));
    });
    this.#all = (times) => {
      cancel();
      resolve(times);
    };
    return promise;
  }

  arrived(): void {
    this.#timesMs.push(this.#target.clock.monotonicMs() - this.#sentMs);
    if (this.#timesMs.length === this.#count) this.#all?.(this.#timesMs);
  }
}
