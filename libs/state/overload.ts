import { limits } from '@taffrail/platform/limits';
import { OperatingError } from '@taffrail/platform/failure';
import type { Rejection } from '@taffrail/machinery/rejection';

/** The refusal of a command that finds the line full. */
export function tooManyRequests(): Rejection {
  return {
    rejected: true,
    reason: 'TooManyRequests',
    code: 429,
    message: 'too many requests, please try again later',
    details: { retryAfterSeconds: 1 },
  };
}

/** What a caller is told whose command lost the fence too often. Nothing of it was stored. */
export function contended(log: string): OperatingError {
  return new OperatingError(
    'unavailable',
    `log ${log}: other servers wrote first ${limits.lostFencesCount} times in a row; nothing was stored, please try again`,
  );
}
