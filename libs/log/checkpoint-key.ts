import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { checkpointKeyOf, generateCheckpointKey, type CheckpointKey } from './checkpoint.ts';

/**
 * The key that signs checkpoints, `<data-dir>/pki/log-checkpoint.key`, made when it is missing. Several processes may ask at
 * once: the file is made by one of them. Throws OperatingError `permission` when it cannot be read or written.
 */
export async function ensureCheckpointKey(dataDir: string): Promise<CheckpointKey> {
  const file = join(dataDir, 'pki', 'log-checkpoint.key');
  try {
    const known = await readFile(file, 'utf8').catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    });
    if (known !== undefined) return checkpointKeyOf(known);
    await mkdir(join(dataDir, 'pki'), { recursive: true, mode: 0o700 });
    return await createKey(file);
  } catch (error) {
    if (error instanceof OperatingError) throw error;
    throw new OperatingError('permission', `cannot use ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function createKey(file: string): Promise<CheckpointKey> {
  const key = generateCheckpointKey();
  const draft = `${file}.${process.pid}.tmp`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(key.privateKey);
    await handle.sync();
  } finally {
    await handle.close();
  }
  try {
    // A link appears whole or not at all, and never replaces what is there.
    await link(draft, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return checkpointKeyOf(await readFile(file, 'utf8'));
  } finally {
    await rm(draft, { force: true });
  }
}
