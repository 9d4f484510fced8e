import { expect, test } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { TEST_REQUEST } from './testing/machine.ts';
import type { Waiting } from './waiting.ts';
import { WaitingLine } from './waiting-line.ts';

const rejected: unknown[] = [];

function waiting(user: string, name: string, bytes = 1): Waiting & { readonly name: string } {
  return {
    name,
    command: { type: 'transaction', items: [] },
    request: { ...TEST_REQUEST, actor: { ...TEST_REQUEST.actor, user } },
    bytes,
    seed: [1, 2, 3, 4],
    lostFences: 0,
    abandoned: false,
    collected: new Map(),
    resolve: () => undefined,
    reject: (error) => rejected.push(error),
  };
}

function take(line: WaitingLine, count = Number.POSITIVE_INFINITY): readonly string[] {
  const taken: string[] = [];
  line.takeWhile((one) => {
    if (taken.length >= count) return false;
    taken.push((one as ReturnType<typeof waiting>).name);
    return true;
  });
  return taken;
}

test('callers take turns, and each one keeps its order', () => {
  const line = new WaitingLine();
  for (const name of ['f1', 'f2', 'f3', 'f4']) line.join(waiting('flood', name));
  line.join(waiting('one', 'o1'));
  line.join(waiting('two', 't1'));
  line.join(waiting('two', 't2'));
  expect(take(line)).toEqual(['f1', 'o1', 't1', 'f2', 't2', 'f3', 'f4']);
  expect(line.depth).toEqual({ commands: 0, bytes: 0 });
});

test('whose turn it was goes on after the commit that was full', () => {
  const line = new WaitingLine();
  for (const name of ['f1', 'f2', 'f3']) line.join(waiting('flood', name));
  for (const name of ['o1', 'o2']) line.join(waiting('one', name));
  expect(take(line, 1)).toEqual(['f1']);
  expect(take(line, 2)).toEqual(['o1', 'f2']);
  expect(line.depth.commands).toBe(2);
});

test('what is put back goes first, in its order', () => {
  const line = new WaitingLine();
  line.join(waiting('one', 'late'));
  line.putBack([waiting('x', 'a'), waiting('y', 'b')]);
  expect(take(line)).toEqual(['a', 'b', 'late']);
});

test('a caller that floods the line leaves room for others, in number and in bytes', () => {
  const line = new WaitingLine();
  let joined = 0;
  while (line.hasRoomFor('flood', 1)) {
    line.join(waiting('flood', `f${joined++}`));
  }
  expect(joined).toBe(limits.commitQueueCount / 2);
  let second = 0;
  while (line.hasRoomFor('second', 1)) line.join(waiting('second', `s${second++}`));
  expect(second).toBe(limits.commitQueueCount / 4);
  expect(line.hasRoomFor('third', 1)).toBe(true);

  const heavy = new WaitingLine();
  const megabytes = 8 * 1024 * 1024;
  while (heavy.hasRoomFor('flood', megabytes)) heavy.join(waiting('flood', 'x', megabytes));
  expect(heavy.depth.bytes).toBeLessThanOrEqual(limits.commitQueueBytes * 0.75);
  expect(heavy.hasRoomFor('other', megabytes)).toBe(true);
  expect(heavy.hasRoomFor('other', limits.commitQueueBytes)).toBe(false);
});

test('everyone in line hears of the error that empties it', () => {
  const line = new WaitingLine();
  line.join(waiting('one', 'a'));
  line.putBack([waiting('two', 'b')]);
  line.rejectAll(new Error('over'));
  expect(rejected).toHaveLength(2);
  expect(line.isEmpty).toBe(true);
});
