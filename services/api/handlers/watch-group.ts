import { limits } from '@taffrail/platform/limits';
import type { Change, Subscription } from '@taffrail/state/state-machine';
import { joined } from '../http/exchange.ts';
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
  /** Tells the member now what of the commits so far it has not been told yet. */
  settle(): void;
}

/** The members of one connection. */
type Together = readonly GroupMember[];

/** Members being told the same, up to the connection `at`. */
interface Round {
  readonly telling: Telling;
  readonly order: Order;
  at: number;
}

/** The members connection by connection, as they are told. */
interface Order {
  readonly connections: readonly Together[];
  /** How many are told in one turn. */
  readonly eachTurn: number;
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
 * them. They are told connection by connection: a few hundred in one turn of the event loop; of more, some in each turn, so that
 * the first have their event while the last are still being told, and requests are answered in between. What is committed
 * while a round is under way waits for the next one and is told together: the more there is to tell, the less each event
 * costs. Before anyone joins, everybody is told of everything.
 */
export class WatchGroup {
  readonly #options: WatchGroupOptions;
  readonly #connections = new Map<object, Set<GroupMember>>();
  /** Made again when someone came or left. */
  #order: Order | undefined;
  #round: Round | undefined;
  /** What the next round tells. */
  #waiting: Telling[] = [];
  #waitingBytes = 0;
  #turnAsked = false;

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
    const telling = this.#tellingOf(changes);
    if (telling === undefined) return;
    this.#waiting.push(telling);
    this.#waitingBytes += telling.bytes.byteLength;
    if (this.#waitingBytes > limits.watchRoundBytes) this.settle();
    else if (this.#round === undefined) this.#tellSome();
  }

  /** Tells everybody of everything. */
  settle(): void {
    for (let round = this.#underWay(); round !== undefined; round = this.#underWay()) {
      this.#tell(round, Number.POSITIVE_INFINITY);
    }
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
    const round = this.#underWay();
    if (round === undefined) return;
    this.#tell(round, round.order.eachTurn);
    if (this.#turnAsked || (this.#round === undefined && this.#waiting.length === 0)) return;
    this.#turnAsked = true;
    this.#options.nextTurn(() => {
      this.#turnAsked = false;
      this.#tellSome();
    });
  }

  /** Tells at least `count` more members of the round, up to the end of a connection's. */
  #tell(round: Round, count: number): void {
    const { telling, order } = round;
    let told = 0;
    for (let together = order.connections[round.at]; together !== undefined; together = order.connections[round.at]) {
      if (told >= count) return;
      round.at++;
      for (const member of together) member.tell(telling);
      told += together.length;
    }
    this.#round = undefined;
  }

  #underWay(): Round | undefined {
    return (this.#round ??= this.#nextRound());
  }

  #nextRound(): Round | undefined {
    const telling = allOf(this.#waiting);
    if (telling === undefined) return undefined;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#order ??= orderOf(this.#connections.values());
    return { telling, order: this.#order, at: 0 };
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

function orderOf(members: Iterable<ReadonlySet<GroupMember>>): Order {
  const connections = Array.from(members, (together) => [...together]);
  const count = connections.reduce((sum, { length }) => sum + length, 0);
  const isFew = count <= limits.watchersToldTogetherCount;
  return { connections, eachTurn: isFew ? count : limits.watchersToldAtOnceCount };
}

function allOf(tellings: readonly Telling[]): Telling | undefined {
  if (tellings.length < 2) return tellings[0];
  return {
    notices: tellings.flatMap(({ notices }) => notices),
    bytes: joined(tellings.map(({ bytes }) => bytes)),
  };
}
