import { execFile } from 'node:child_process';
import { chmod, lchown, mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { EmptyDirVolumeSource } from '@taffrail/resources/generated/types';
import { bytes } from '../containers/quantity.ts';
import { VolumeError } from './volume-error.ts';

const run = promisify(execFile);

/** Makes an emptyDir (on disk or in memory) that everyone in the pod may write to. Keeps what is in it. */
export async function makeEmptyDir(
  directory: string,
  { medium = '', sizeLimit }: EmptyDirVolumeSource,
  group: number | undefined,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o777 });
  if (medium === 'Memory') {
    if (!(await mountTargets()).includes(directory)) {
      const size = bytes(sizeLimit);
      const options = size === 0 ? [] : ['-o', `size=${size}`];
      await run('mount', ['-t', 'tmpfs', ...options, 'tmpfs', directory]);
    }
  } else if (medium !== '') {
    throw new VolumeError(`emptyDir medium "${medium}" is not supported`);
  }
  if (group !== undefined) await lchown(directory, 0, group);
  // Beyond the umask; the set-group bit makes new files belong to the fsGroup.
  await chmod(directory, group === undefined ? 0o777 : 0o2777);
}

/** Mount points of this machine, in the order they were mounted. */
export async function mountTargets(): Promise<readonly string[]> {
  const table = await readFile('/proc/mounts', 'utf8');
  return table.split('\n').flatMap((line) => {
    const target = line.split(' ')[1];
    return target === undefined ? [] : [target.replaceAll(String.raw`\040`, ' ')];
  });
}

export async function unmount(target: string): Promise<void> {
  await run('umount', [target]);
}
