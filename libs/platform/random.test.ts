import { expect, test } from 'vitest';
import { generatedName, seededRandom } from './random.ts';

test('a generated name has its beginning and five characters, and 63 at most', () => {
  expect(generatedName('web-', seededRandom(1))).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const long = generatedName('x'.repeat(80), seededRandom(2));
  expect(long).toMatch(/^x{58}[a-z0-9]{5}$/);
  expect(generatedName('web-', seededRandom(1))).toBe(generatedName('web-', seededRandom(1)));
});
