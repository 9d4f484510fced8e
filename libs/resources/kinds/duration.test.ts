import { expect, test } from 'vitest';
import { humanDuration } from './duration.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-5, '<invalid>'],
  [-1, '0s'],
  [0, '0s'],
  [5, '5s'],
  [119, '119s'],
  [2 * MINUTE, '2m'],
  [5 * MINUTE + 3, '5m3s'],
  [10 * MINUTE + 30, '10m'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [7 * HOUR + 59 * MINUTE, '7h59m'],
  [8 * HOUR + 59 * MINUTE, '8h'],
  [47 * HOUR, '47h'],
  [48 * HOUR, '2d'],
  [7 * DAY + 23 * HOUR, '7d23h'],
  [8 * DAY + 5 * HOUR, '8d'],
  [729 * DAY, '729d'],
  [2 * 365 * DAY, '2y'],
  [2 * 365 * DAY + 10 * DAY, '2y10d'],
  [9 * 365 * DAY, '9y'],
])('%d seconds read as %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));
