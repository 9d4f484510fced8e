import { assert } from '@taffrail/platform/assert';

/** Something that holds what can be made again from its bytes. */
export interface Droppable {
  drop(): void;
}

/**
 * Bounds how much parsed JSON the live set keeps beside its bytes. First in, first out: an entry costs nothing when it is
 * read, and one that is needed again is simply made again. It is small on purpose. What is asked for again is mostly what
 * was just written; whatever is kept longer outlives the young generation, and then dropping it only leaves garbage
 * that a full collection has to find.
 */
export class ParsedCache {
  readonly #maximumBytes: number;
  readonly #entries = new Map<Droppable, number>();
  #bytes = 0;

  constructor(maximumBytes: number) {
    assert(maximumBytes > 0, 'a cache has a bound');
    this.#maximumBytes = maximumBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts `bytes` more for an entry, and drops the oldest entries while there are too many. */
  hold(entry: Droppable, bytes: number): void {
    this.#entries.set(entry, (this.#entries.get(entry) ?? 0) + bytes);
    this.#bytes += bytes;
    for (const [oldest, size] of this.#entries) {
      if (this.#bytes <= this.#maximumBytes || oldest === entry) return;
      this.#entries.delete(oldest);
      this.#bytes -= size;
      oldest.drop();
    }
  }
}
