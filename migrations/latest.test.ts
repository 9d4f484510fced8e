import { expect, test } from 'vitest';
import { LATEST_MIGRATION } from './latest.ts';
import { migrations } from './migrations.ts';

test('the latest migration is the last of the list', () => {
  expect(Object.keys(migrations).toSorted().at(-1)).toBe(LATEST_MIGRATION);
});
