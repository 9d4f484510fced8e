import { sequenceOf, type Revision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { Clock } from '@taffrail/platform/clock';

interface Waiter {
  readonly at: Revision;
  done(): void;
}

/** How far a space has come, and those who wait for it to come further. */
export class Progress {
  readonly #waiters = new Set<Waiter>();
  #revision: Revision;

  constructor(revision: Revision) {
    this.#revision = revision;
  }

  get revision(): Revision {
    return this.#revision;
  }

  advance(to: Revision): void {
    this.#revision = to;
    for (const waiter of Array.from(this.#waiters)) if (this.#reached(waiter.at)) waiter.done();
  }

  /** Resolves when the commit that holds `at` is folded; rejects with OperatingError `timeout`, or the signal's reason. */
  async waitFor(at: Revision, clock: Clock, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#reached(at)) return;
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter: Waiter = { at, done: resolve };
    const abort = (): void => reject(signal?.reason);
    const cancel = clock.after(timeoutMs, () =>
      reject(new OperatingError('timeout', `Too large resource version: ${at}, current: ${this.#revision}`)),
    );
    this.#waiters.add(waiter);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await promise;
    } finally {
      cancel();
      this.#waiters.delete(waiter);
      signal?.removeEventListener('abort', abort);
    }
  }

  /** Whatever index a revision names, it is reached when its commit is. */
  #reached(at: Revision): boolean {
    return sequenceOf(at) <= sequenceOf(this.#revision);
  }
}
