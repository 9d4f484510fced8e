import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { OperatingError } from '@taffrail/platform/failure';

/** A directory only its owner may enter. */
export async function ensurePrivateDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch((cause: unknown) => refuse(directory, cause));
}

/** Replaces a file in one step and makes it durable; nobody but its owner may read it. */
export async function writePrivateFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(draft, 'w', 0o600);
    try {
      await handle.chmod(0o600);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (cause) {
    await rm(draft, { force: true });
    refuse(file, cause);
  }
}

/** A file's text; undefined when there is none. */
export async function readTextIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return refuse(file, cause);
  }
}

function refuse(file: string, cause: unknown): never {
  const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
  throw new OperatingError(
    code === 'ENOSPC' ? 'storage-full' : 'permission',
    `cannot use ${path.resolve(file)}: ${code}`,
    {
      cause,
    },
  );
}
