import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assertNever } from '@taffrail/platform/assert';
import { checkRegister, type Action, type Operation } from './linearizability.ts';

let clock = 0;
/** An operation that begins and ends by itself. */
const alone = (action: Action): Operation => ({ action, calledAt: ++clock, returnedAt: ++clock });
const during = (calledAt: number, returnedAt: number, action: Action): Operation => ({ action, calledAt, returnedAt });
const create = (value: string): Action => ({ type: 'create', value, outcome: 'done' });
const write = (value: string): Action => ({ type: 'write', value, outcome: 'done' });
const read = (value: string | undefined): Action => ({ type: 'read', value });
const replace = (expected: string, value: string, outcome: 'done' | 'refused' | 'unknown' = 'done'): Action => ({
  type: 'replace',
  expected,
  value,
  outcome,
});
const linearizable = (...history: readonly Operation[]): boolean => checkRegister(history).linearizable;

describe('histories a register could have', () => {
  test.each<[string, readonly Operation[]]>([
    ['nothing', []],
    ['one after the other', [alone(create('a')), alone(read('a')), alone(write('b')), alone(read('b'))]],
    [
      'a read that overlaps a write sees either',
      [alone(create('a')), during(10, 20, write('b')), during(11, 19, read('a'))],
    ],
    [
      'a late effect of an unanswered write',
      [
        during(1, 2, create('a')),
        during(3, Number.POSITIVE_INFINITY, { type: 'write', value: 'b', outcome: 'unknown' }),
        during(4, 5, read('a')),
        during(6, 7, read('b')),
      ],
    ],
    [
      'an unanswered write that never happened',
      [
        during(1, 2, create('a')),
        during(3, Number.POSITIVE_INFINITY, { type: 'write', value: 'b', outcome: 'unknown' }),
        during(4, 5, read('a')),
      ],
    ],
    [
      'of two replacements of one value one is refused',
      [
        during(1, 2, create('a')),
        during(3, 6, replace('a', 'b')),
        during(3, 6, replace('a', 'c', 'refused')),
        during(7, 8, read('b')),
      ],
    ],
    [
      'gone and made again',
      [
        during(1, 2, create('a')),
        during(3, 4, { type: 'delete', outcome: 'done' }),
        during(5, 6, read(undefined)),
        during(7, 8, create('b')),
      ],
    ],
  ])('%s', (_what, history) => {
    expect(linearizable(...history)).toBe(true);
  });
});

describe('planted bugs are found', () => {
  test.each<[string, readonly Operation[]]>([
    ['a stale read', [during(1, 2, create('a')), during(3, 4, write('b')), during(5, 6, read('a'))]],
    [
      'a read that goes back',
      [during(1, 2, create('a')), during(3, 20, write('b')), during(4, 5, read('b')), during(6, 7, read('a'))],
    ],
    ['a lost update', [during(1, 2, create('a')), during(3, 6, replace('a', 'b')), during(3, 6, replace('a', 'c'))]],
    [
      'an acknowledged write that is gone',
      [during(1, 2, create('a')), during(3, 4, write('b')), during(9, 10, read(undefined))],
    ],
    [
      'a refusal on a state that was not there',
      [during(1, 2, create('a')), during(3, 4, replace('a', 'b', 'refused')), during(5, 6, read('a'))],
    ],
    [
      'an existing object that is said to be missing',
      [during(1, 2, create('a')), during(3, 4, { type: 'delete', outcome: 'absent' }), during(5, 6, read('a'))],
    ],
    [
      'one write that takes effect twice',
      [during(1, 2, create('a')), during(3, 4, write('b')), during(5, 6, write('c')), during(7, 8, read('b'))],
    ],
  ])('%s', (_what, history) => {
    const verdict = checkRegister(history);
    expect(verdict.linearizable).toBe(false);
    expect(verdict.linearizable ? [] : verdict.stuckBefore).not.toEqual([]);
  });
});

/** A register run by several clients; each operation takes effect at a moment of its own between call and return. */
const schedule = fc.array(
  fc.record({
    kind: fc.constantFrom('read', 'write', 'replace', 'create', 'delete'),
    called: fc.nat(200),
    effectAfter: fc.nat(10),
    returnAfter: fc.nat(10),
    basedOn: fc.nat(5),
  }),
  { maxLength: 40 },
);

function execute(operations: typeof schedule extends fc.Arbitrary<infer T> ? T : never): Operation[] {
  let state: string | undefined;
  const values: string[] = ['none'];
  const timed = operations
    .map((operation, index) => ({ ...operation, index, effect: operation.called + operation.effectAfter }))
    .toSorted((a, b) => a.effect - b.effect || a.index - b.index);
  return timed.map(({ kind, called, effect, returnAfter, basedOn, index }): Operation => {
    const value = `v${index}`;
    const perform = (): Action => {
      switch (kind) {
        case 'read':
          return { type: 'read', value: state };
        case 'write':
          if (state === undefined) return { type: 'write', value, outcome: 'absent' };
          state = value;
          return { type: 'write', value, outcome: 'done' };
        case 'replace': {
          const expected = values.at(-1 - (basedOn % values.length)) ?? 'none';
          if (state !== expected) return { type: 'replace', expected, value, outcome: 'refused' };
          state = value;
          return { type: 'replace', expected, value, outcome: 'done' };
        }
        case 'create':
          if (state !== undefined) return { type: 'create', value, outcome: 'exists' };
          state = value;
          return { type: 'create', value, outcome: 'done' };
        case 'delete':
          if (state === undefined) return { type: 'delete', outcome: 'absent' };
          state = undefined;
          return { type: 'delete', outcome: 'done' };
        default:
          return assertNever(kind);
      }
    };
    const action = perform();
    if (state === value) values.push(value);
    // Moments in between, so that no two of them are the same.
    const order = index / 1000;
    return { action, calledAt: called - 0.5 + order / 100, returnedAt: effect + returnAfter + 0.5 + order / 100 };
  });
}

test('whatever a real register does is accepted, and a read of a value that was overwritten long before is not', () => {
  fc.assert(
    fc.property(schedule, (operations) => {
      const history = execute(operations);
      expect(checkRegister(history).linearizable).toBe(true);
      const end = Math.max(0, ...history.map((one) => one.returnedAt));
      const bogus = during(end + 1, end + 2, { type: 'read', value: 'never written' });
      expect(checkRegister([...history, bogus]).linearizable).toBe(false);
    }),
    { numRuns: 300 },
  );
});
