import { limits } from '@taffrail/platform/limits';
import type { Rejection } from '@taffrail/machinery/rejection';

/** A watch that is open. */
export interface OpenWatch {
  /** Ends the stream in order, so that the client resumes elsewhere. */
  end(): void;
}

/** The watches of this process: bounded in number, and ended together when it stops. */
export class OpenWatches {
  readonly #open = new Set<OpenWatch>();
  #stopping = false;

  get count(): number {
    return this.#open.size;
  }

  /** Why no further watch may be opened; undefined when one may. */
  refusal(): Rejection | undefined {
    if (!this.#stopping && this.#open.size < limits.watchersCount) return undefined;
    return {
      rejected: true,
      reason: 'TooManyRequests',
      code: 429,
      message: this.#stopping ? 'the server is stopping' : `there are already ${limits.watchersCount} watches`,
      details: { retryAfterSeconds: 1 },
    };
  }

  add(watch: OpenWatch): void {
    this.#open.add(watch);
    if (this.#stopping) watch.end();
  }

  remove(watch: OpenWatch): void {
    this.#open.delete(watch);
  }

  /** Ends every watch and refuses new ones. */
  endAll(): void {
    this.#stopping = true;
    for (const watch of this.#open) watch.end();
  }
}
