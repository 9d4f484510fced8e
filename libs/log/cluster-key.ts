import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { uid } from '@taffrail/platform/brand';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import type { Random } from '@taffrail/platform/random';
import type { KeyStore } from './key-store.ts';
import { aesKeyWrapper, KEY_BYTES, type KeyWrapper } from './key-wrapper.ts';

/*
 * The key that wraps all data keys: a file of one line, readable by its owner alone. It is made at the first start and
 * never again: a store of keys holds one that belongs to no object, wrapped when the store was new, and whoever cannot
 * unwrap it has another cluster key than those who wrapped the rest.
 */

const LINE = /^taffrail-cluster-key-1 ([A-Za-z0-9+/]{43}=)\n?$/;

/** Stands in a store of keys beside those of objects; no object's uid looks like this. */
export const CLUSTER_KEY_PROOF = uid('cluster-key');

/** Where a cluster's key is unless it is told otherwise. */
export function clusterKeyFile(dataDir: string): string {
  return join(dataDir, 'keys', 'cluster.key');
}

/**
 * The wrapper of a cluster whose keys are in `store`. A cluster without keys gets a cluster key where there is none.
 * Throws OperatingError `permission` when the file is missing though keys were wrapped with it, when it holds another
 * key, or none, or cannot be used; and as the store does.
 */
export async function openClusterKey(file: string, store: KeyStore, random: Random): Promise<KeyWrapper> {
  const proof = await store.get(CLUSTER_KEY_PROOF);
  if (proof?.state === 'kept') {
    const wrapper = aesKeyWrapper(requireKey(file, await readKey(file)), random);
    await requireProof(file, wrapper, proof.wrapped);
    return wrapper;
  }
  const key = (await readKey(file)) ?? (await createKey(file, random));
  const wrapper = aesKeyWrapper(key, random);
  const kept = await store.keep(CLUSTER_KEY_PROOF, await wrapper.wrap(CLUSTER_KEY_PROOF, random.bytes(KEY_BYTES)));
  // Another server may have been quicker, with another key.
  if (kept.state === 'kept') await requireProof(file, wrapper, kept.wrapped);
  return wrapper;
}

function requireKey(file: string, key: Buffer | undefined): Buffer {
  if (key !== undefined) return key;
  throw new OperatingError(
    'permission',
    `the cluster key ${file} is missing, and Secrets were encrypted with it: put the copy you kept of it there (every API server of a cluster needs the same)`,
  );
}

async function requireProof(file: string, wrapper: KeyWrapper, wrapped: Uint8Array): Promise<void> {
  try {
    await wrapper.unwrap(CLUSTER_KEY_PROOF, wrapped);
  } catch (cause) {
    throw new OperatingError(
      'permission',
      `${file} is not the cluster key that this cluster's Secrets were encrypted with: put the right one there (every API server of a cluster needs the same)`,
      { cause },
    );
  }
}

async function readKey(file: string): Promise<Buffer | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
  const key = Buffer.from(LINE.exec(text)?.[1] ?? '', 'base64');
  if (key.byteLength === KEY_BYTES) return key;
  throw new OperatingError('permission', `${file} holds no cluster key: put the copy you kept of it there`);
}

async function createKey(file: string, random: Random): Promise<Buffer> {
  const key = Buffer.from(random.bytes(KEY_BYTES));
  const draft = `${file}.${Buffer.from(random.bytes(8)).toString('hex')}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.writeFile(`taffrail-cluster-key-1 ${key.toString('base64')}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // A link appears whole or not at all, and never replaces what is there.
    await link(draft, file);
    const directory = await open(dirname(file), 'r');
    try {
      await directory.sync();
    } finally {
      await directory.close();
    }
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
    return requireKey(file, await readKey(file));
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(file: string, cause: unknown): OperatingError {
  return new OperatingError('permission', `cannot use the cluster key ${file}: ${messageOf(cause)}`, { cause });
}
