import { expect, test } from 'vitest';
import { parseDuration } from './duration.ts';

test('a time is a positive whole number and one unit', () => {
  expect(['60s', '90m', '12h', '30d'].map(parseDuration)).toEqual([60_000, 5_400_000, 43_200_000, 2_592_000_000]);
});

test('anything else is none', () => {
  for (const text of ['', '30', 'd', '0d', '-1d', '1.5h', '1h30m', '1w', ' 1d', '1234567d']) {
    expect(parseDuration(text), text).toBeUndefined();
  }
});
