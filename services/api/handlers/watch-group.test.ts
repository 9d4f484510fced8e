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

function member(connection: object): Member {
  const told: string[] = [];
  return {
    connection,
    told,
    failed: false,
    tell: ({ bytes }) => told.push(Buffer.from(bytes).toString()),
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
const EACH = limits.watchersToldAtOnceCount;

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
  const [late] = joined(group, 1);
  turn();
  group.onChanges(commit('b'));
  turn();
  turn();
  expect([early?.told, waiting?.told, late?.told]).toEqual([['a', 'b'], ['a', 'b'], ['b']]);
  expect(leaving.told).not.toContain('b');
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
