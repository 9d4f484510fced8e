import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { uid } from '@taffrail/platform/brand';
import { readKeyFile, restoreKeys, writeKeyFile } from './key-file.ts';
import { memoryKeyStore } from './memory-key-store.ts';

let directory: string;
let file: string;
const { signal } = new AbortController();
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'taffrail-keys-'));
  file = join(directory, 'backup.keys');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('kept and destroyed keys come back as they were, in a file nobody else may read', async () => {
  const store = memoryKeyStore();
  await store.keep(uid('a'), Buffer.from('key of a'));
  await store.keep(uid('b'), Buffer.from('key of b'));
  await store.destroy(uid('b'));
  expect(await writeKeyFile(file, store, 1, signal)).toBe(1);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const again = memoryKeyStore();
  await restoreKeys(again, await readKeyFile(file), signal);
  expect(await again.load(signal)).toEqual(await store.load(signal));
});

test('what a store knows already stays: a destroyed key is not brought back', async () => {
  const store = memoryKeyStore();
  await store.keep(uid('a'), Buffer.from('key of a'));
  await writeKeyFile(file, store, 1, signal);
  await store.destroy(uid('a'));
  await restoreKeys(store, await readKeyFile(file), signal);
  expect(await store.get(uid('a'))).toEqual({ state: 'destroyed' });
});

test('a file that was broken off or is another one is refused', async () => {
  const store = memoryKeyStore();
  for (let index = 0; index < 100; index++) await store.keep(uid(`u-${index}`), Buffer.alloc(100, index));
  await writeKeyFile(file, store, 1, signal);
  await truncate(file, (await readFile(file)).byteLength - 10);
  await expect(readKeyFile(file)).rejects.toMatchObject({ code: 'log-gap' });
  await writeFile(file, 'something else');
  await expect(readKeyFile(file)).rejects.toMatchObject({ code: 'protocol' });
  const fixture = join(import.meta.dirname, 'fixtures', 'format-1.taffrail');
  await expect(readKeyFile(fixture)).rejects.toMatchObject({ code: 'protocol' });
});
