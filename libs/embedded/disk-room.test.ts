import { expect, test } from 'vitest';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { watchDiskRoom } from './disk-room.ts';

const reserve = limits.natsDiskReserveBytes;

/** A clock whose one timer is fired by hand. */
function steppedClock(): { readonly clock: Clock; step(): boolean } {
  let task: (() => void) | undefined;
  const clock: Clock = {
    nowMs: () => 0,
    monotonicMs: () => 0,
    sleep: () => Promise.reject(new Error('not used')),
    after(_ms, next) {
      task = next;
      return () => {
        task = undefined;
      };
    },
  };
  return {
    clock,
    step() {
      const next = task;
      task = undefined;
      next?.();
      return next !== undefined;
    },
  };
}

function watched(free: readonly number[]): { readonly returned: number; readonly stillWatching: boolean } {
  const { clock, step } = steppedClock();
  const readings = [...free];
  let returned = 0;
  let stillWatching = true;
  watchDiskRoom({ clock, freeBytes: () => readings.shift() ?? 0, onReturned: () => returned++ });
  while (readings.length > 0 && stillWatching) stillWatching = step();
  return { returned, stillWatching: step() };
}

test('room that was never gone is no news', () => {
  expect(watched([10 * reserve, 2 * reserve, 10 * reserve])).toEqual({ returned: 0, stillWatching: true });
});

test('room that comes back is told once', () => {
  expect(watched([10 * reserve, reserve, 2 * reserve])).toEqual({ returned: 1, stillWatching: false });
});

test('a little room is not enough to start again for', () => {
  expect(watched([reserve - 1, reserve + 1])).toEqual({ returned: 0, stillWatching: true });
});

test('a watch that is ended asks no more', () => {
  const { clock, step } = steppedClock();
  const end = watchDiskRoom({ clock, freeBytes: () => 0, onReturned: () => undefined });
  end();
  expect(step()).toBe(false);
});
