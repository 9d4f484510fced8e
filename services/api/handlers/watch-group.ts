import { limits } from '@taffrail/platform/limits';
import type { Change, Subscription } from '@taffrail/state/state-machine';
import type { Telling } from './watch-events.ts';

/** A live watch as its group sees it. */
export interface GroupMember {
  /** What its answer goes over; members of one connection are told together, so that their events leave in one write. */
  readonly connection: object;
  tell(telling: Telling): void;
  /** Ends the watch so that its client sees it failed: it could not be told something. */
  fail(): void;
}

/** A member's place in its group. */
export interface Membership extends Subscription {
  /** Tells the member now what of the last commit it has not been told yet. */
  settle(): void;
}

export interface WatchGroupOptions {
  /** What a commit's changes mean to every member; undefined when nothing. */
  readonly tellingOf: (changes: readonly Change[]) => Telling | undefined;
  /** Runs a task after what was written has gone out and what has come in was read. */
  readonly nextTurn: (task: () => void) => void;
  /** Runs when the last member has left. */
  readonly onEmpty: () => void;
}

/**
 * Live watches of one collection, selection and encoding: a commit is held against the selection and encoded once for all of
 * them. They are told connection by connection, some in each turn of the event loop, so that the first have their event while
 * the last are still being told, and requests are answered in between. At most one commit is under way: before the next
 * one, and before anyone joins, everybody is told of it.
 */
export class WatchGroup {
  readonly #options: WatchGroupOptions;
  readonly #connections = new Map<object, Set<GroupMember>>();
  /** The members in the order they are told; made again when someone came or left. */
  #order: readonly GroupMember[] | undefined;
  #underWay: { readonly telling: Telling; readonly members: readonly GroupMember[]; at: number } | undefined;
  /** The group's own, for all its members. */
  subscription: Subscription | undefined;

  constructor(options: WatchGroupOptions) {
    this.#options = options;
  }

  /** Takes a member in that has been told everything so far. */
  join(member: GroupMember): Membership {
    this.settle();
    const { connection } = member;
    const together = this.#connections.get(connection) ?? new Set();
    this.#connections.set(connection, together.add(member));
    this.#order = undefined;
    return { settle: () => this.settle(), close: () => this.#leave(member) };
  }

  onChanges(changes: readonly Change[]): void {
    this.settle();
    const telling = this.#tellingOf(changes);
    if (telling === undefined) return;
    this.#order ??= [...this.#connections.values()].flatMap((members) => [...members]);
    this.#underWay = { telling, members: this.#order, at: 0 };
    this.#tellSome();
  }

  /** Tells everybody who has not been told of the commit under way. */
  settle(): void {
    this.#tellUntil(Number.POSITIVE_INFINITY);
  }

  #tellingOf(changes: readonly Change[]): Telling | undefined {
    try {
      return this.#options.tellingOf(changes);
    } catch (error) {
      for (const member of this.#connections.values().flatMap((members) => members)) member.fail();
      throw error;
    }
  }

  #tellSome(): void {
    this.#tellUntil(limits.watchersToldAtOnceCount);
    if (this.#underWay !== undefined) this.#options.nextTurn(() => this.#tellSome());
  }

  /** Tells at least `count` more members, up to the end of a connection's. */
  #tellUntil(count: number): void {
    const underWay = this.#underWay;
    if (underWay === undefined) return;
    const { telling, members } = underWay;
    let left = count;
    for (; underWay.at < members.length; left--) {
      const member = members[underWay.at] as GroupMember;
      if (left <= 0 && member.connection !== members[underWay.at - 1]?.connection) return;
      underWay.at++;
      member.tell(telling);
    }
    this.#underWay = undefined;
  }

  #leave(member: GroupMember): void {
    const together = this.#connections.get(member.connection);
    if (together?.delete(member) !== true) return;
    this.#order = undefined;
    if (together.size > 0) return;
    this.#connections.delete(member.connection);
    if (this.#connections.size === 0) this.#options.onEmpty();
  }
}
