import { expect, test } from 'vitest';
import { KeptRows } from './kept-rows.ts';

const SECOND_MS = 1_000;
const AT_MS = Date.parse('2026-11-21T10:00:00Z');

test('cells are made once for an object, and its ages are those of the moment that is asked for', () => {
  const rows = new KeptRows<object>(10);
  const object = {};
  let made = 0;
  const cells = () => {
    made++;
    return [
      'a"b\\c',
      3,
      null,
      true,
      { before: '2 ("', sinceMs: AT_MS, after: '" ago)' },
      { before: '', sinceMs: AT_MS, after: '' },
    ];
  };
  const at = (seconds: number): unknown => JSON.parse(rows.cells(object, AT_MS + seconds * SECOND_MS, cells));
  expect(at(5)).toEqual(['a"b\\c', 3, null, true, '2 ("5s" ago)', '5s']);
  expect(at(3600)).toEqual(['a"b\\c', 3, null, true, '2 ("60m" ago)', '60m']);
  expect(made).toBe(1);
});

test('a row without cells is an empty array', () => {
  expect(new KeptRows<object>(1).cells({}, 0, () => [])).toBe('[]');
});

test('rows that nobody asks for are forgotten, those that are asked for stay', () => {
  const rows = new KeptRows<object>(2);
  const made: string[] = [];
  const ask = (object: { readonly name: string }): string =>
    rows.cells(object, 0, () => {
      made.push(object.name);
      return [object.name];
    });
  const [asked, left] = [{ name: 'asked' }, { name: 'left' }];
  ask(left);
  for (let other = 0; other < 10; other++) {
    ask(asked);
    ask({ name: 'other' });
  }
  expect(made.filter((name) => name === 'asked')).toHaveLength(1);
  ask(left);
  expect(made.filter((name) => name === 'left')).toHaveLength(2);
});
