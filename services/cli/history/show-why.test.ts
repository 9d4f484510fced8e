import { expect, test } from 'vitest';
import type { Step } from '@taffrail/history/why';
import { chainLines, durationText, treeLines } from './show-why.ts';

const step = (name: string, elapsedMs: number): Step =>
  ({
    revision: '1024',
    time: '2026-11-21T09:00:00.123Z',
    about: { kind: 'Pod', group: '', name, namespace: 'shop' },
    summary: 'created by alice (kubectl create)',
    elapsedMs,
  }) as unknown as Step;

test('a chain goes down from what began it, with the time each step took', () => {
  const steps = [step('a', 0), step('b', 120), { revision: '7', time: '', hidden: true, elapsedMs: 2500 } as const];
  expect(chainLines({ steps, origin: { type: 'user', name: 'alice' }, elapsedMs: 2620 })).toEqual([
    '2026-11-21 09:00:00.123  pod/a created by alice (kubectl create)  [1024]',
    '└─ +120 ms  pod/b created by alice (kubectl create)  [1024]',
    '   └─ +2.50 s  (of an object you may not read)  [7]',
    'begun by alice, 2.62 s from the first step to the last',
  ]);
  expect(chainLines({ steps: [], origin: { type: 'unknown', name: '' }, elapsedMs: 0 })).toEqual([
    'what began it is not known, 0 ms from the first step to the last',
  ]);
});

test('a tree shows what lies under what, and where more was left out', () => {
  const leaf = (name: string) => ({ change: step(name, 1), consequences: [] });
  const lines = treeLines({
    change: step('root', 0),
    consequences: [
      { ...leaf('a'), consequences: [leaf('b')] },
      { ...leaf('c'), truncated: true },
    ],
  });
  expect(lines.map((line) => line.replace(/(\+1 ms|2026\S* \S+) {2}(pod\/\w+).*/, '$2'))).toEqual([
    'pod/root',
    '├─ pod/a',
    '│  └─ pod/b',
    '└─ pod/c',
    '   └─ …',
  ]);
});

test('durations are told in two units at most', () => {
  expect([0, 999, 1200, 65_000, 3_600_000, 90_000_000].map(durationText)).toEqual([
    '0 ms',
    '999 ms',
    '1.20 s',
    '1 min 5 s',
    '1 h 0 min',
    '1 d 1 h',
  ]);
});
