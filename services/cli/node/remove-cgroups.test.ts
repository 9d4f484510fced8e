import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeCgroups } from './remove-cgroups.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cgroups-'));
});
afterEach(() => rmSync(root, { recursive: true }));

test('a cgroup goes from every tree with what is below it, and nothing else does', () => {
  for (const tree of ['cpu/taffrail-a/pod1/c', 'memory/taffrail-a/pod1', 'memory/taffrail-b/pod2', 'taffrail-a/pod3'])
    mkdirSync(join(root, tree), { recursive: true });
  removeCgroups('taffrail-a', root);
  expect(existsSync(join(root, 'cpu/taffrail-a'))).toBe(false);
  expect(existsSync(join(root, 'memory/taffrail-a'))).toBe(false);
  expect(existsSync(join(root, 'taffrail-a'))).toBe(false);
  expect(existsSync(join(root, 'memory/taffrail-b/pod2'))).toBe(true);
});

test('one that is in use stays', () => {
  mkdirSync(join(root, 'cpu/taffrail-a/pod1'), { recursive: true });
  // A file keeps an ordinary directory as a process keeps a cgroup.
  writeFileSync(join(root, 'cpu/taffrail-a/pod1/in-use'), '');
  removeCgroups('taffrail-a', root);
  expect(existsSync(join(root, 'cpu/taffrail-a/pod1'))).toBe(true);
});
