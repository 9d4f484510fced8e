import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { installPlugins, removePlugins } from './install-plugins.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'taffrail-plugins-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('each plugin calls our command with its arguments as they are, and says that kubectl has called', () => {
  const place = join(directory, "it's here");
  const taffrail = join(directory, "taf'frail");
  writeFileSync(taffrail, '#!/bin/sh\necho "$TAFFRAIL_KUBECTL_PLUGIN:$#:$*"\n');
  chmodSync(taffrail, 0o755);
  const installed = installPlugins(taffrail, place);
  expect(installed.map(({ call }) => call)).toEqual([
    'kubectl history',
    'kubectl why',
    'kubectl undo',
    'kubectl at',
    'kubectl diff-at',
  ]);
  const said = installed.map(({ file }) => execFileSync(file, ['a b', '-n', 'shop']).toString().trim());
  expect(said).toEqual(['history', 'why', 'undo', 'at', 'diff'].map((command) => `1:4:${command} a b -n shop`));
  installPlugins(taffrail, place);
  expect(removePlugins(place)).toHaveLength(5);
  expect(readdirSync(place)).toEqual([]);
});

test("another's program of the same name stays, and nothing is installed beside it", () => {
  const foreign = join(directory, 'kubectl-why');
  writeFileSync(foreign, '#!/bin/sh\n');
  expect(() => installPlugins('/x/taffrail', directory)).toThrow(expect.objectContaining({ code: 'permission' }));
  expect(readdirSync(directory)).toEqual(['kubectl-why']);
  expect(removePlugins(directory)).toEqual([]);
  expect(existsSync(foreign)).toBe(true);
});

test('a directory that cannot be one is a usage error', () => {
  writeFileSync(join(directory, 'file'), '');
  expect(() => installPlugins('/x/taffrail', join(directory, 'file', 'bin'))).toThrow(
    expect.objectContaining({ name: 'UsageError' }),
  );
});
