import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { environmentVariable } from '@taffrail/platform/environment';

/** Places administrators' programs live in that a plain user's PATH often lacks. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The first executable file of that name on PATH (then in the system's sbin directories). */
export function findExecutable(name: string): string | undefined {
  const path = environmentVariable('PATH') ?? '';
  return [...path.split(delimiter), ...SYSTEM_DIRECTORIES]
    .filter((directory) => directory !== '')
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

/** Whether this process may execute the file. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
