import { rm } from 'node:fs/promises';
import { uid, type Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { createExportFile, readExportFile } from './export-file.ts';
import type { KeyStore, StoredKey } from './key-store.ts';

/*
 * The wrapped data keys of a backup, in a file of their own: whoever keeps logs for ever, as auditors do, must be able to
 * throw old keys away, or a purge would erase nothing. It is written like an export (`export-file.ts`), with records
 * `keys`, one `key` for each uid (without bytes: it was destroyed), and `end` with their number.
 */

/** Writes every key of a store, and what was destroyed, to a file; one that is there is replaced. Returns how many keys it holds. */
export async function writeKeyFile(file: string, store: KeyStore, nowMs: number, signal: AbortSignal): Promise<number> {
  const keys = await store.load(signal);
  await rm(file, { force: true });
  const writer = await createExportFile(file);
  let kept = 0;
  try {
    await writer.add({ type: 'keys', createdMs: nowMs });
    for (const [id, key] of keys) {
      if (key.state === 'kept') kept += 1;
      await writer.add({ type: 'key', uid: id }, key.state === 'kept' ? key.wrapped : undefined);
    }
    await writer.add({ type: 'end', keys: keys.size });
  } finally {
    await writer.close();
  }
  return kept;
}

/** Reads a file of keys whole. Throws OperatingError `log-gap` when it was broken off, `protocol` when it is none. */
export async function readKeyFile(file: string): Promise<ReadonlyMap<Uid, StoredKey>> {
  const keys = new Map<Uid, StoredKey>();
  let begun = false;
  let ended = false;
  for await (const { head, bytes } of readExportFile(file)) {
    if (!begun && head.type !== 'keys') throw new OperatingError('protocol', `${file} is no file of keys`);
    begun = true;
    if (head.type === 'end') ended = head['keys'] === keys.size;
    if (head.type !== 'key') continue;
    const id = head['uid'];
    if (typeof id !== 'string' || id === '') throw new OperatingError('log-corrupt', `${file}: a key names no object`);
    keys.set(uid(id), bytes.byteLength === 0 ? { state: 'destroyed' } : { state: 'kept', wrapped: Buffer.from(bytes) });
  }
  if (!ended) throw new OperatingError('log-gap', `${file} was broken off: it does not hold all keys`);
  return keys;
}

/** Puts keys into a store; what it knows already stays. */
export async function restoreKeys(
  store: KeyStore,
  keys: ReadonlyMap<Uid, StoredKey>,
  signal: AbortSignal,
): Promise<void> {
  for (const [id, key] of keys) {
    if (key.state === 'kept') await store.keep(id, key.wrapped, signal);
    else await store.destroy(id, signal);
  }
}
