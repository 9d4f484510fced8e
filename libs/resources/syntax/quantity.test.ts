import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  milliValue,
  parseQuantity,
  type Quantity,
  wholeValue,
} from './quantity.ts';

function quantity(text: string): Quantity {
  const parsed = parseQuantity(text);
  if (parsed === undefined) throw new Error(`no quantity: ${text}`);
  return parsed;
}

describe('a quantity', () => {
  test.each([
    ['0', '0'],
    ['0.5Gi', '512Mi'],
    ['1.5', '1500m'],
    ['1000m', '1'],
    ['0.1', '100m'],
    ['1024', '1024'],
    ['1024Ki', '1Mi'],
    ['100Ki', '100Ki'],
    ['1536Mi', '1536Mi'],
    ['512', '512'],
    ['0.5Ki', '512'],
    ['12e6', '12e6'],
    ['1E', '1E'],
    ['-1', '-1'],
    ['+2k', '2k'],
    ['.5', '500m'],
    ['5.', '5'],
    ['0.0000000001', '1n'],
    ['99999999999999999999', '9223372036854775807'],
  ])('%s is stored as %s', (text, expected) => expect(canonicalQuantity(text)).toBe(expected));

  test.each(['', 'lots', '1 Gi', '1GiB', '--1', '1.2.3', '1e', '1mi', 'Gi', '.'])('%j is refused', (text) =>
    expect(parseQuantity(text)).toBeUndefined(),
  );

  test('counts CPU in thousandths and bytes in units, rounding up', () => {
    expect(milliValue(quantity('250m'))).toBe(250);
    expect(milliValue(quantity('1'))).toBe(1000);
    expect(milliValue(quantity('0.0001'))).toBe(1);
    expect(wholeValue(quantity('1Gi'))).toBe(2 ** 30);
    expect(wholeValue(quantity('1500m'))).toBe(2);
  });

  test('compares and adds across suffixes', () => {
    expect(compareQuantities(quantity('1Gi'), quantity('1G'))).toBe(1);
    expect(compareQuantities(quantity('1000m'), quantity('1'))).toBe(0);
    expect(milliValue(addQuantities(quantity('1'), quantity('500m')))).toBe(1500);
  });

  test('keeps its value in canonical form, which is stable', () => {
    const suffix = fc.constantFrom('', 'm', 'u', 'n', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'E-2');
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), suffix, (value, unit) => {
        const text = `${value}${unit}`;
        const canonical = canonicalQuantity(text);
        if (canonical === undefined) throw new Error(`no quantity: ${text}`);
        expect(quantity(canonical).nanos).toBe(quantity(text).nanos);
        expect(canonicalQuantity(canonical)).toBe(canonical);
      }),
    );
  });
});
