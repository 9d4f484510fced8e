import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { uid } from '@taffrail/platform/brand';
import { systemRandom } from '@taffrail/platform/random';
import { clusterKeyFile, openClusterKey } from './cluster-key.ts';
import type { KeyStore } from './key-store.ts';
import { memoryKeyStore } from './memory-key-store.ts';

let directory: string;
let file: string;
let store: KeyStore;
beforeEach(async () => {
  directory = await mkdtemp(`${tmpdir()}/taffrail-cluster-key-`);
  file = clusterKeyFile(directory);
  store = memoryKeyStore();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('the first start makes a key that its owner alone may read, and later ones find it', async () => {
  const first = await openClusterKey(file, store, systemRandom);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const dataKey = Buffer.alloc(32, 5);
  const wrapped = await first.wrap(uid('a'), dataKey);
  const again = await openClusterKey(file, store, systemRandom);
  expect(await again.unwrap(uid('a'), wrapped)).toEqual(dataKey);
});

test('several servers that start at once over one directory come to one key', async () => {
  const wrappers = await Promise.all([1, 2, 3].map(async () => await openClusterKey(file, store, systemRandom)));
  const wrapped = await wrappers[0]?.wrap(uid('a'), Buffer.alloc(32, 5));
  for (const wrapper of wrappers) {
    expect(await wrapper.unwrap(uid('a'), wrapped ?? new Uint8Array())).toEqual(Buffer.alloc(32, 5));
  }
});

test('a missing key, another one and a damaged file are refused with what to do', async () => {
  await openClusterKey(file, store, systemRandom);
  const kept = await readFile(file, 'utf8');
  await rm(file);
  await expect(openClusterKey(file, store, systemRandom)).rejects.toMatchObject({
    code: 'permission',
    message: expect.stringContaining('put the copy you kept of it there') as string,
  });
  await expect(stat(file), 'no new key is made in its place').rejects.toThrow('ENOENT');
  await openClusterKey(file, memoryKeyStore(), systemRandom);
  await expect(openClusterKey(file, store, systemRandom)).rejects.toThrow('is not the cluster key that');
  await writeFile(file, 'nonsense');
  await expect(openClusterKey(file, store, systemRandom)).rejects.toThrow('holds no cluster key');
  await writeFile(file, kept);
  await openClusterKey(file, store, systemRandom);
});
