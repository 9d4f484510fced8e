import { assert, constantFrom, jsonValue, option, property } from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '@taffrail/resources/json';
import { takenBack } from './three-way.ts';

test('a change is taken back where it still stands, and what came later beside it stays', () => {
  const before = { a: '1', b: '1', gone: 'x' };
  const after = { a: '2', b: '2', new: 'y' };
  const present = { a: '2', b: '2', new: 'y', later: 'z' };
  expect(takenBack({ before, after, present }, false)).toEqual({
    value: { a: '1', b: '1', gone: 'x', later: 'z' },
    conflicts: [],
  });
});

test('what is something else again is a conflict, which force decides for what was before', () => {
  const states = { before: { a: '1' }, after: { a: '2' }, present: { a: '3' } };
  expect(takenBack(states, false)).toEqual({ value: { a: '3' }, conflicts: ['a'] });
  expect(takenBack(states, true)).toEqual({ value: { a: '1' }, conflicts: ['a'] });
});

test('elements of a list are told apart by their names', () => {
  const list = (web: string, side?: string): JsonValue => ({
    containers: [{ name: 'web', image: web }, ...(side === undefined ? [] : [{ name: 'side', image: side }])],
  });
  const states = { before: list('1'), after: list('2'), present: list('2', 'later') };
  expect(takenBack(states, false)).toEqual({ value: list('1', 'later'), conflicts: [] });
  const changed = { before: list('1'), after: list('2'), present: list('3', 'later') };
  expect(takenBack(changed, false).conflicts).toEqual(['containers[web].image']);
});

test('a change that nobody touched since is taken back whole, and one that was taken back already stays so', () => {
  const json = option(jsonValue({ maxDepth: 3 }), { nil: undefined });
  assert(
    property(json, json, constantFrom(true, false), (before, after, force) => {
      const states = { before: before as JsonValue, after: after as JsonValue };
      expect(takenBack({ ...states, present: after }, force)).toEqual({ value: before, conflicts: [] });
      expect(takenBack({ ...states, present: before }, force)).toEqual({ value: before, conflicts: [] });
    }),
  );
});
