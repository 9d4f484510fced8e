import { limits } from '@taffrail/platform/limits';
import type { Waiting } from './waiting.ts';

/** The commands that wait for a commit, in order, bounded in number and bytes. */
export class WaitingLine {
  readonly #line: Waiting[] = [];
  #bytes = 0;

  get depth(): { readonly commands: number; readonly bytes: number } {
    return { commands: this.#line.length, bytes: this.#bytes };
  }

  get isEmpty(): boolean {
    return this.#line.length === 0;
  }

  /** Whether another command of that size may join. */
  hasRoomFor(bytes: number): boolean {
    return this.#line.length < limits.commitQueueCount && this.#bytes + bytes <= limits.commitQueueBytes;
  }

  join(waiting: Waiting): void {
    this.#line.push(waiting);
    this.#bytes += waiting.bytes;
  }

  /** Puts commands back to the head of the line, in their order. They were in it before: the bounds are not asked. */
  putBack(waiting: readonly Waiting[]): void {
    this.#line.unshift(...waiting);
    for (const one of waiting) this.#bytes += one.bytes;
  }

  /** Goes through the line from its head, taking out those `take` accepts, until it answers false. */
  takeWhile(take: (waiting: Waiting) => boolean): void {
    let taken = 0;
    for (const waiting of this.#line) {
      if (!take(waiting)) break;
      taken++;
    }
    for (const waiting of this.#line.splice(0, taken)) this.#bytes -= waiting.bytes;
  }

  /** Empties the line: everyone in it gets the error. */
  rejectAll(error: unknown): void {
    this.#bytes = 0;
    for (const waiting of this.#line.splice(0)) waiting.reject(error);
  }
}
