import { array, assert, constant, nat, oneof, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '@taffrail/state/state-machine';
import { limits } from '@taffrail/platform/limits';
import { change, storedConfigMap } from '../testing/objects.ts';
import type { Telling } from './watch-events.ts';
import { WatchGroup, type GroupMember, type Membership } from './watch-group.ts';

interface Setup {
  readonly group: WatchGroup;
  /** Lets one more turn of the event loop pass. */
  turn(): void;
  readonly encoded: () => number;
  readonly emptied: () => number;
}

interface Member extends GroupMember {
  readonly told: string[];
  failed: boolean;
}

function open(): Setup {
  const tasks: (() => void)[] = [];
  let [encoded, emptied] = [0, 0];
  const tellingOf = (changes: readonly Change[]): Telling | undefined => {
    encoded++;
    const names = changes.map(({ key }) => key.name).join();
    if (names === 'broken') throw new Error('cannot be encoded');
    return names === 'hidden' ? undefined : { notices: [], bytes: Buffer.from(names) };
  };
  const group = new WatchGroup({ tellingOf, nextTurn: (task) => tasks.push(task), onEmpty: () => emptied++ });
  return { group, turn: () => tasks.shift()?.(), encoded: () => encoded, emptied: () => emptied };
}

/** Everybody is given the same bytes: they are read once. */
const texts = new WeakMap<Uint8Array, string>();
function textOf(bytes: Uint8Array): string {
  const text = texts.get(bytes) ?? Buffer.from(bytes).toString();
  texts.set(bytes, text);
  return text;
}

function member(connection: object): Member {
  const told: string[] = [];
  return {
    connection,
    told,
    failed: false,
    tell: ({ bytes }) => told.push(textOf(bytes)),
    fail() {
      this.failed = true;
    },
  };
}

function joined(group: WatchGroup, count: number, connection: object = {}): readonly Member[] {
  const members = Array.from({ length: count }, () => member(connection));
  for (const one of members) group.join(one);
  return members;
}

const commit = (name: string): readonly Change[] => [change('created', storedConfigMap(name, 2048))];
const toldOf = (members: readonly Member[]): number => members.filter(({ told }) => told.length > 0).length;
/** One more than so many are told over some turns. */
const EACH = limits.watchersToldTogetherCount;

test('a commit is encoded once, and its members are told connection by connection over some turns', () => {
  const { group, turn, encoded } = open();
  const [first, second] = [{}, {}];
  const mixed = [joined(group, EACH / 2, first), joined(group, 5, second), joined(group, EACH, first)];
  const [large, small] = [[mixed[0], mixed[2]].flatMap((members) => members ?? []), mixed[1] ?? []];
  group.onChanges(commit('a'));
  expect([toldOf(large), toldOf(small)]).toEqual([large.length, 0]);
  turn();
  expect([toldOf(large), toldOf(small)]).toEqual([large.length, small.length]);
  expect(encoded()).toBe(1);
});

test('a few hundred members of many connections are told in one turn', () => {
  const { group } = open();
  const members = Array.from({ length: EACH }, () => joined(group, 1)).flat();
  group.onChanges(commit('a'));
  group.onChanges(commit('b'));
  for (const { told } of members) expect(told).toEqual(['a', 'b']);
});

test('what is committed while some wait is told together, in order, to everybody once', () => {
  const { group, turn } = open();
  const members = [...joined(group, EACH), ...joined(group, EACH), ...joined(group, EACH)];
  group.onChanges(commit('a'));
  group.onChanges(commit('b'));
  group.onChanges(commit('hidden'));
  turn();
  group.onChanges(commit('c'));
  for (let turns = 0; turns < 9; turns++) turn();
  for (const { told } of members) expect(told).toEqual(['a', 'bc']);
  group.onChanges(commit('d'));
  for (let turns = 0; turns < 9; turns++) turn();
  for (const { told } of members) expect(told).toEqual(['a', 'bc', 'd']);
});

test('what waits is bounded: beyond it everybody is told at once', () => {
  const { group } = open();
  const members = [...joined(group, EACH), ...joined(group, 1)];
  const large = 'x'.repeat(limits.watchRoundBytes / 2 + 1);
  group.onChanges(commit('a'));
  group.onChanges(commit(large));
  expect(members.at(-1)?.told).toEqual([]);
  group.onChanges(commit(large));
  for (const { told } of members) expect(told.join('') === `a${large}${large}`).toBe(true);
});

test('who joins while others wait hears of later commits only, and who left of none', () => {
  const { group, turn } = open();
  const [early] = joined(group, EACH);
  const leaving = member({});
  const membership = group.join(leaving);
  const [waiting] = joined(group, 1);
  group.onChanges(commit('a'));
  membership.close();
  group.onChanges(commit('b'));
  const [late] = joined(group, 1);
  group.onChanges(commit('c'));
  for (let turns = 0; turns < 5; turns++) turn();
  expect([early, waiting, late].map((one) => one?.told.join(''))).toEqual(['abc', 'abc', 'c']);
  expect(leaving.told.join('')).not.toContain('b');
});

test('a member that settles has been told of everything', () => {
  const { group } = open();
  joined(group, EACH);
  const last = member({});
  const membership: Membership = group.join(last);
  group.onChanges(commit('a'));
  expect(last.told).toEqual([]);
  membership.settle();
  expect(last.told).toEqual(['a']);
});

test('a commit that cannot be encoded ends every watch, so that none goes on without it', () => {
  const { group } = open();
  const members = joined(group, 3);
  expect(() => group.onChanges(commit('broken'))).toThrow('cannot be encoded');
  expect(members.map(({ failed }) => failed)).toEqual([true, true, true]);
});

test('the group is over when its last member leaves, and a second leave is harmless', () => {
  const { group, emptied } = open();
  const [one, other] = [group.join(member({})), group.join(member({}))];
  one.close();
  one.close();
  expect(emptied()).toBe(0);
  other.close();
  expect(emptied()).toBe(1);
});

/** What happens to a group, in any order; numbers choose a connection or a member. */
const step = oneof(
  { weight: 3, arbitrary: record({ type: constant('join' as const), at: nat(8) }) },
  { weight: 4, arbitrary: record({ type: constant('commit' as const), at: nat(0) }) },
  { weight: 3, arbitrary: record({ type: constant('turn' as const), at: nat(0) }) },
  { weight: 1, arbitrary: record({ type: constant('leave' as const), at: nat(40) }) },
  { weight: 1, arbitrary: record({ type: constant('settle' as const), at: nat(40) }) },
);

test('whoever comes and goes when, every member is told each commit since it came once and in order', () => {
  assert(
    property(array(step, { maxLength: 60 }), (steps) => {
      const { group, turn } = open();
      const connections = Array.from({ length: 9 }, () => ({}));
      const watching: { readonly members: readonly Member[]; readonly ships: readonly Membership[]; from: number }[] =
        [];
      const gone: typeof watching = [];
      let commits = 0;
      const expected = (from: number): string =>
        Array.from({ length: commits - from }, (_, at) => `<${from + at}>`).join('');
      for (const { type, at } of steps) {
        const chosen = watching[at % Math.max(1, watching.length)];
        if (type === 'join') {
          const members = Array.from({ length: EACH }, () => member(connections[at] ?? {}));
          watching.push({ members, ships: members.map((one) => group.join(one)), from: commits });
        } else if (type === 'commit') group.onChanges(commit(`<${commits++}>`));
        else if (type === 'turn') turn();
        else if (type === 'settle' && chosen !== undefined) {
          chosen.ships[0]?.settle();
          for (const { told } of chosen.members) expect(told.join('')).toBe(expected(chosen.from));
        } else if (type === 'leave' && chosen !== undefined) {
          for (const ship of chosen.ships) ship.close();
          gone.push(...watching.splice(watching.indexOf(chosen), 1));
        }
      }
      for (let turns = 0; turns < steps.length * 3; turns++) turn();
      for (const { members, from } of watching) {
        for (const { told } of members) expect(told.join('')).toBe(expected(from));
      }
      for (const { members, from } of gone) {
        for (const { told } of members) expect(expected(from).startsWith(told.join(''))).toBe(true);
      }
    }),
  );
});
