import { mkdir, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { HostPathVolumeSource } from '@taffrail/resources/generated/types';
import { VolumeError } from './volume-error.ts';

/** Checks (or makes) what a hostPath names. Runtimes create a missing source silently, so this must look first. */
export async function checkHostPath({ path, type = '' }: HostPathVolumeSource): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  const verify = (holds: boolean | undefined, what: string): void => {
    if (holds !== true) throw new VolumeError(`hostPath type check failed: ${path} is not a ${what}`);
  };
  switch (type) {
    case '':
      if (found === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
      return;
    case 'DirectoryOrCreate':
      if (found === undefined) await mkdir(path, { recursive: true, mode: 0o755 });
      else verify(found.isDirectory(), 'directory');
      return;
    case 'FileOrCreate':
      if (found !== undefined) return verify(found.isFile(), 'file');
      await mkdir(dirname(path), { recursive: true, mode: 0o755 });
      await writeFile(path, '', { mode: 0o644 });
      return;
    case 'Directory':
      return verify(found?.isDirectory(), 'directory');
    case 'File':
      return verify(found?.isFile(), 'file');
    case 'Socket':
      return verify(found?.isSocket(), 'socket file');
    case 'CharDevice':
      return verify(found?.isCharacterDevice(), 'character device');
    case 'BlockDevice':
      return verify(found?.isBlockDevice(), 'block device');
    default:
      throw new VolumeError(`hostPath type "${type}" is not known`);
  }
}
