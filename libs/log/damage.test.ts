import { expect, test } from 'vitest';
import { OperatingError } from '@taffrail/platform/failure';
import { withRepairAdvice } from './damage.ts';

test('whoever is told of a damaged log is told how to mend it, once', () => {
  const damage = new OperatingError('log-gap', 'stream LOG: message 28 is missing');
  const advised = withRepairAdvice(damage);
  expect(advised).toMatchObject({
    code: 'log-gap',
    cause: damage,
    message: expect.stringMatching(/^stream LOG: message 28 is missing; "taffrail log repair" /) as string,
  });
  expect(withRepairAdvice(advised)).toBe(advised);
});

test('other failures stay as they are', () => {
  const away = new OperatingError('unavailable', 'no answer');
  expect(withRepairAdvice(away)).toBe(away);
  expect(withRepairAdvice('text')).toBe('text');
});
