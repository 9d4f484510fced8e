import {
  chmod,
  lchown,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One file of a volume: its path below the mount, content and mode. */
export interface VolumeFile {
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

const DATA_LINK = '..data';

/**
 * Makes a directory show exactly `files`, all at once: they are written to a fresh directory, `..data` is switched to it
 * by one rename, and the visible names are links through `..data`. Returns false when nothing had changed.
 */
export async function writeAtomically(
  directory: string,
  files: readonly VolumeFile[],
  group: number | undefined,
): Promise<boolean> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const current = await readlink(join(directory, DATA_LINK)).catch(absent);
  if (current !== undefined && (await shows(join(directory, current), files))) return false;
  const fresh = await mkdtemp(join(directory, `..${files.length}_`));
  await chmod(fresh, 0o755);
  for (const { path, content, mode } of files) {
    const file = join(fresh, path);
    await mkdir(dirname(file), { recursive: true, mode: 0o755 });
    await writeFile(file, content, { mode: 0o600 });
    if (group !== undefined) await lchown(file, 0, group);
    await chmod(file, mode);
  }
  const temporary = join(directory, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(fresh.slice(directory.length + 1), temporary);
  await rename(temporary, join(directory, DATA_LINK));
  await linkNames(directory, new Set(files.map(({ path }) => path.split('/')[0] ?? path)));
  if (current !== undefined) await rm(join(directory, current), { recursive: true, force: true });
  return true;
}

/** Makes the visible names point through `..data`, and takes away those that are no longer there. */
async function linkNames(directory: string, names: ReadonlySet<string>): Promise<void> {
  const present = new Set(await readdir(directory));
  for (const name of names) if (!present.has(name)) await symlink(join(DATA_LINK, name), join(directory, name));
  for (const name of present) {
    if (!name.startsWith('..') && !names.has(name)) await rm(join(directory, name), { force: true });
  }
}

async function shows(directory: string, files: readonly VolumeFile[]): Promise<boolean> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(absent);
  if (entries === undefined || entries.filter((entry) => entry.isFile()).length !== files.length) return false;
  for (const { path, content } of files) {
    const found = await readFile(join(directory, path)).catch(absent);
    if (found?.equals(content) !== true) return false;
  }
  return true;
}

function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw error;
}
