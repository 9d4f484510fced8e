import { uid, type Uid } from '@taffrail/platform/brand';
import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { ObjectVault } from '@taffrail/log/object-vault';
import { unreadableObject } from '@taffrail/log/sealed-object';
import { wakeup } from '@taffrail/log/wakeup';
import { purges } from '@taffrail/resources/kinds/own';
import type { Change } from './change.ts';
import { purgeSpecOf } from './decide/purge.ts';
import type { FoldContext } from './evolve.ts';
import { LiveObject } from './live-object.ts';
import type { Ring } from './ring.ts';
import type { StateView } from './state-view.ts';
import type { StoredObject } from './stored-object.ts';

/*
 * Carries purges out. A purge is an event of the log; what it orders, the destruction of keys, happens outside the log and
 * may fail, be cut short by a crash, or be undone by an old copy of the store of keys. So it is done by level: every
 * server destroys the keys of every purge there is when it starts, before it serves, and of each new one when it
 * becomes part of its state. Destroying twice does no harm.
 */

export interface ErasureOptions {
  readonly vault: ObjectVault;
  /** The space purges live in, and its recent changes. */
  readonly live: StateView;
  readonly ring: Ring;
  readonly fold: FoldContext;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export class Erasure {
  readonly #options: ErasureOptions;
  readonly #waiting = new Set<Uid>();
  readonly #arrived = wakeup();
  readonly #done = wakeup();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: ErasureOptions) {
    this.#options = options;
  }

  /** Destroys what every purge so far names, and goes on with those to come. Rejects with the signal's reason. */
  async start(signal: AbortSignal): Promise<void> {
    const { live, ring } = this.#options;
    this.#take(live.list(purges, undefined));
    ring.subscribe(purges, ring.end, {
      onChanges: (changes) => this.#take(changes.map(({ current }) => current)),
    });
    this.#running = this.#run();
    await this.whenErased(this.#waiting, signal);
  }

  /** Resolves when none of these keys is left. Rejects with the signal's reason. */
  async whenErased(uids: Iterable<Uid>, signal: AbortSignal): Promise<void> {
    const left = [...uids];
    while (left.some((one) => this.#waiting.has(one))) {
      signal.throwIfAborted();
      await this.#done.wait(signal);
    }
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#arrived.wake();
    await this.#running;
  }

  /** From here on nobody in this process reads these objects any more; their keys follow. */
  #take(orders: readonly StoredObject[]): void {
    const uids = orders.flatMap((order) => purgeSpecOf(order.contents()).uids.map(uid));
    if (uids.length === 0) return;
    const { vault, ring } = this.#options;
    vault.forget(uids);
    const purged = new Set(uids);
    ring.replace((change) => (purged.has(change.current.uid) ? this.#withoutBodies(change) : change));
    for (const one of uids) this.#waiting.add(one);
    this.#arrived.wake();
  }

  #withoutBodies(change: Change): Change {
    const current = this.#marker(change.current);
    return { ...change, current, previous: change.previous === undefined ? undefined : this.#marker(change.previous) };
  }

  #marker(object: StoredObject): LiveObject {
    const stored = unreadableObject(object.contents(), 'purged');
    return new LiveObject({ ...object, stored, fields: {}, claims: [], timeMs: 0 }, this.#options.fold.cache);
  }

  async #run(): Promise<void> {
    const { vault, clock, random, logger } = this.#options;
    const { signal } = this.#stop;
    const retry = backoff(random, limits.retryMinimumMs, limits.retryMaximumMs);
    while (!signal.aborted) {
      const [next] = this.#waiting;
      if (next === undefined) {
        await this.#arrived.wait(signal);
        continue;
      }
      try {
        await vault.destroy(next, signal);
        this.#waiting.delete(next);
        this.#done.wake();
        retry.reset();
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        if (signal.aborted) return;
        logger.warn(
          { error: messageOf(error), uid: next },
          'the key of a purged object is not destroyed yet; trying again',
        );
        await clock.sleep(retry.nextMs(), signal).catch(() => undefined); // aborted: the loop ends
      }
    }
  }
}
