import { revisionOf, sequence, sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { decodeCommit } from '@taffrail/log/commit-codec';
import type { WindowLog } from '@taffrail/log/window-log';
import { isRejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { systemRequest } from './bootstrap.ts';
import type { Ledger } from './ledger.ts';

export interface EventWindowOptions {
  readonly log: WindowLog;
  readonly ledger: Pick<Ledger, 'live' | 'submit'>;
  /** The resource the window keeps; undefined where this server has none. */
  readonly definition: ResourceDefinition | undefined;
  /** First sequence the log has. */
  readonly first: Sequence;
}

/**
 * The end of what is only kept for a while. Two steps, in this order: old objects are deleted by commits of their own, so
 * that watchers and the projection hear of it like of any deletion; later the log is cut off before its oldest commit that
 * is still needed. Nothing is ever simply gone: a crash between the two leaves more than needed, never less.
 */
export class EventWindow {
  readonly #options: EventWindowOptions;
  #first: Sequence;

  constructor(options: EventWindowOptions) {
    this.#options = options;
    this.#first = options.first;
  }

  /** Everything after this revision can still be told. */
  get oldest(): Revision {
    return revisionOf(sequence(Math.max(0, this.#first - 1)), 0);
  }

  /** Deletes objects whose last change is older than a time, unless they change meanwhile. Resolves with how many. */
  async expire(beforeMs: number, signal?: AbortSignal): Promise<number> {
    const { ledger, definition } = this.#options;
    if (definition === undefined) return 0;
    const expired = ledger.live.list(definition, undefined).filter((object) => object.timeMs < beforeMs);
    let count = 0;
    for (let at = 0; at < expired.length; at += limits.expiryPieceCount) {
      signal?.throwIfAborted();
      const outcomes = await Promise.all(
        expired.slice(at, at + limits.expiryPieceCount).map(async ({ key, uid, revision }) => {
          const target = { definition, namespace: key.namespace, name: key.name, subresource: '' };
          const options = { preconditions: { uid, resourceVersion: String(revision) } };
          return await ledger.submit({ type: 'delete', target, options }, systemRequest('timer:event-expiry:'), signal);
        }),
      );
      count += outcomes.filter((outcome) => !isRejection(outcome) && outcome.removed).length;
    }
    return count;
  }

  /**
   * Cuts the log off before a time, but behind neither the oldest commit a live object rests on nor what has been
   * projected. Resolves with the first sequence that is left.
   */
  async trim(beforeMs: number, projected: Sequence, signal?: AbortSignal): Promise<Sequence> {
    const { log } = this.#options;
    const oldestInUse = this.#oldestInUse();
    const bound = Math.min(projected, (await log.head(signal)).sequence, oldestInUse);
    const first = await log.first(signal);
    const cut = await this.#firstNotBefore(beforeMs, first, sequence(Math.max(first, bound)), signal);
    // Whoever asks meanwhile is told that it is gone a moment before it is, not a moment after.
    this.#first = cut;
    if (cut > first) await log.trim(cut, signal);
    return cut;
  }

  #oldestInUse(): number {
    const { ledger, definition } = this.#options;
    let oldest = Number.POSITIVE_INFINITY;
    if (definition === undefined) return oldest;
    for (const object of ledger.live.list(definition, undefined)) {
      oldest = Math.min(oldest, sequenceOf(object.revision));
    }
    return oldest;
  }

  /** The first commit of a range that is not older than a time, by bisection: times never go back along a log. */
  async #firstNotBefore(timeMs: number, from: Sequence, to: Sequence, signal?: AbortSignal): Promise<Sequence> {
    let low: number = from;
    let high: number = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((await this.#timeOf(sequence(middle), signal)) < timeMs) low = middle + 1;
      else high = middle;
    }
    return sequence(low);
  }

  async #timeOf(at: Sequence, signal?: AbortSignal): Promise<number> {
    const reading = { from: at, until: at, signal: signal ?? new AbortController().signal };
    for await (const { payload, sequence: found } of this.#options.log.read(reading)) {
      return decodeCommit(payload, found).timeMs;
    }
    return Number.POSITIVE_INFINITY;
  }
}
