import { limits } from '@taffrail/platform/limits';
import type { Waiting } from './waiting.ts';

/** What one caller has in line. */
interface Queue {
  readonly waiting: Waiting[];
  bytes: number;
}

/**
 * The commands that wait for a commit, bounded in number and bytes, and shared fairly between callers (users): they take
 * turns, one command each, and each one's own commands keep their order. A caller may hold no more of the line than is
 * still free behind it: one that floods gets half of it, two get a third each, and there is always room for who comes anew.
 */
export class WaitingLine {
  /** Commands that were taken out and put back: they go before everybody. */
  readonly #again: Waiting[] = [];
  /** In the order of their turns. */
  readonly #queues = new Map<string, Queue>();
  #count = 0;
  #bytes = 0;

  get depth(): { readonly commands: number; readonly bytes: number } {
    return { commands: this.#count, bytes: this.#bytes };
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Whether another command of that size may join. A single one may be as large as the line, when that is empty. */
  hasRoomFor(caller: string, bytes: number): boolean {
    const own = this.#queues.get(caller);
    const freeCount = limits.commitQueueCount - this.#count;
    const freeBytes = limits.commitQueueBytes - this.#bytes;
    if (bytes > freeBytes || freeCount === 0) return false;
    return own === undefined || (own.waiting.length < freeCount && own.bytes < freeBytes);
  }

  join(waiting: Waiting): void {
    const caller = callerOf(waiting);
    let queue = this.#queues.get(caller);
    if (queue === undefined) this.#queues.set(caller, (queue = { waiting: [], bytes: 0 }));
    queue.waiting.push(waiting);
    queue.bytes += waiting.bytes;
    this.#count++;
    this.#bytes += waiting.bytes;
  }

  /** Puts commands back to the head of the line, in their order. They were in it before: the bounds are not asked. */
  putBack(waiting: readonly Waiting[]): void {
    this.#again.unshift(...waiting);
    this.#count += waiting.length;
    for (const one of waiting) this.#bytes += one.bytes;
  }

  /** Goes through the line from its head, taking out those `take` accepts, until it answers false. */
  takeWhile(take: (waiting: Waiting) => boolean): void {
    for (;;) {
      const again = this.#again[0];
      if (again !== undefined) {
        if (!take(again)) return;
        this.#again.shift();
        this.#leave(again);
        continue;
      }
      const [turn] = this.#queues;
      if (turn === undefined) return;
      const [caller, queue] = turn;
      const first = queue.waiting[0];
      if (first === undefined) {
        this.#queues.delete(caller);
        continue;
      }
      if (!take(first)) return;
      queue.waiting.shift();
      queue.bytes -= first.bytes;
      this.#leave(first);
      // The next turn is somebody else's.
      this.#queues.delete(caller);
      if (queue.waiting.length > 0) this.#queues.set(caller, queue);
    }
  }

  /** Empties the line: everyone in it gets the error. */
  rejectAll(error: unknown): void {
    const all = [...this.#again.splice(0), ...[...this.#queues.values()].flatMap((queue) => queue.waiting)];
    this.#queues.clear();
    this.#count = 0;
    this.#bytes = 0;
    for (const waiting of all) waiting.reject(error);
  }

  #leave(waiting: Waiting): void {
    this.#count--;
    this.#bytes -= waiting.bytes;
  }
}

function callerOf({ request }: Waiting): string {
  return request.actor.user;
}
