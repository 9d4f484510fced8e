import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { warningHeaders } from './warnings.ts';

test('each warning is a 299 with a quoted text, told once', () => {
  expect(warningHeaders(['unknown field "spec"', 'unknown field "spec"', 'b'])).toEqual({
    warning: ['299 - "unknown field \\"spec\\""', '299 - "b"'],
  });
  expect(warningHeaders([])).toBeUndefined();
});

test('whatever a warning says, the headers are bounded and valid', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 600 }), { minLength: 1 }), (texts) => {
      const values = warningHeaders(texts)?.['warning'] as readonly string[];
      expect(values.join('').length).toBeLessThanOrEqual(4096);
      for (const value of values) expect(value).toMatch(/^299 - "[\x20-\x7e]*"$/);
    }),
  );
});
