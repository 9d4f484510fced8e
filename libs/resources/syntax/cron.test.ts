import { expect, test } from 'vitest';
import { cronSchedule, isTimeZone } from './cron.ts';

test.each([
  '* * * * *',
  '*/5 0-6,12 1 jan MON-fri',
  '0 0 ? * 0',
  '@hourly',
  '@every 1h30m',
  'TZ=Europe/Zurich 0 9 * * *',
])('%s is a schedule', (schedule) => expect(cronSchedule(schedule)).toEqual([]));

test.each([
  ['', 'empty spec string'],
  ['* * *', 'expected exactly 5 fields, found 3: [* * *]'],
  ['60 * * * *', 'end of range (60) above maximum (59): 60'],
  ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
  ['5-1 * * * *', 'beginning of range (5) beyond end of range (1): 5-1'],
  ['*/0 * * * *', 'step of range should be a positive number: */0'],
  ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
  ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
  ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
  ['@sometimes', 'unrecognized descriptor: @sometimes'],
  ['@every soon', 'failed to parse duration @every soon: time: invalid duration "soon"'],
  ['TZ=Nowhere/Land * * * * *', 'provided bad location Nowhere/Land: unknown time zone Nowhere/Land'],
])('%j is refused with "%s"', (schedule, fault) => expect(cronSchedule(schedule)).toEqual([fault]));

test('time zones are those of the IANA database', () => {
  expect(isTimeZone('UTC')).toBe(true);
  expect(isTimeZone('Europe/Zurich')).toBe(true);
  expect(isTimeZone('Mars/Base')).toBe(false);
});
