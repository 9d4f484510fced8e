import { array, assert, constantFrom, property } from 'fast-check';
import { expect, test } from 'vitest';
import { lineChanges } from './line-diff.ts';
import { objectDiff, unifiedDiff } from './unified-diff.ts';

test('a changed field shows with what stands around it', () => {
  const object = (replicas: number): Record<string, unknown> => ({
    kind: 'Deployment',
    spec: { a: 1, replicas, z: [1, 2] },
  });
  expect(objectDiff('deployment.apps/web', object(3) as never, object(5) as never)).toBe(
    [
      '--- a/deployment.apps/web',
      '+++ b/deployment.apps/web',
      '@@ -1,7 +1,7 @@',
      ' kind: Deployment',
      ' spec:',
      '   a: 1',
      '-  replicas: 3',
      '+  replicas: 5',
      '   z:',
      '     - 1',
      '     - 2',
    ].join('\n'),
  );
});

test('what came or went is compared with nothing, and what is the same has no diff', () => {
  expect(objectDiff('a', undefined, { kind: 'A' })).toBe('--- /dev/null\n+++ b/a\n@@ -0,0 +1,1 @@\n+kind: A');
  expect(objectDiff('a', { kind: 'A' }, undefined)).toBe('--- a/a\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-kind: A');
  expect(objectDiff('a', { kind: 'A' }, { kind: 'A' })).toBe('');
});

test('changes far apart are hunks of their own', () => {
  const from = Array.from({ length: 30 }, (_, index) => `${index}`);
  const to = from.map((line, index) => (index === 2 || index === 25 ? 'x' : line));
  expect(
    unifiedDiff('a', 'b', { from, to })
      .split('\n')
      .filter((line) => line.startsWith('@@')),
  ).toEqual(['@@ -1,6 +1,6 @@', '@@ -23,7 +23,7 @@']);
});

test('both texts can be read off the changes, and nothing shorter leads from one to the other', () => {
  const lines = array(constantFrom('a', 'b', 'c'), { maxLength: 12 });
  assert(
    property(lines, lines, (from, to) => {
      const changes = lineChanges(from, to);
      expect(changes.filter(({ sign }) => sign !== '+').map(({ line }) => line)).toEqual(from);
      expect(changes.filter(({ sign }) => sign !== '-').map(({ line }) => line)).toEqual(to);
      const kept = changes.filter(({ sign }) => sign === ' ').length;
      expect(kept).toBe(longestCommon(from, to));
    }),
  );
});

function longestCommon(from: readonly string[], to: readonly string[]): number {
  const lengths = Array.from({ length: from.length + 1 }, () => Array.from({ length: to.length + 1 }, () => 0));
  for (const [i, a] of from.entries()) {
    for (const [j, b] of to.entries()) {
      const row = lengths[i + 1] as number[];
      row[j + 1] = a === b ? (lengths[i]?.[j] ?? 0) + 1 : Math.max(lengths[i]?.[j + 1] ?? 0, row[j] ?? 0);
    }
  }
  return lengths.at(-1)?.at(-1) ?? 0;
}
