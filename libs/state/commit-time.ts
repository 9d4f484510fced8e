import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Position } from './position.ts';

/** The time of the commit that follows a position, or why this machine must not write one. */
export function commitTime(log: string, position: Position, clock: Clock): number | OperatingError {
  const nowMs = clock.nowMs();
  const behindMs = position.timeMs - nowMs;
  if (behindMs <= limits.clockSkewMs) return Math.max(nowMs, position.timeMs);
  return new OperatingError(
    'unavailable',
    `this machine's clock is ${Math.round(behindMs / 1000)} s behind the log ${log}; nothing is written until it is set`,
  );
}
