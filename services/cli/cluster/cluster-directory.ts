import { accessSync, constants, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { environmentVariable } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';

/** The flag, TAFFRAIL_DATA_DIR, or the platform's usual place: `/var/lib/taffrail` for root, else below the user's home. */
export function dataDirectory(flag: string | undefined): string {
  const named = flag ?? environmentVariable('TAFFRAIL_DATA_DIR');
  if (named !== undefined) return resolve(named);
  if (process.getuid?.() === 0) return '/var/lib/taffrail';
  return join(environmentVariable('XDG_DATA_HOME') ?? join(homedir(), '.local', 'share'), 'taffrail');
}

/**
 * Makes the directory when it is missing and returns its real path. It can be entered by everyone (Postgres runs as
 * another user), the secrets in it are private one by one. Throws `permission`.
 */
export function ensureDataDirectory(path: string): string {
  try {
    makeDirectories(path);
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' || code === 'ENOTDIR' ? 'is not a directory' : 'cannot be written';
    throw new OperatingError('permission', `the data directory ${path} ${why}: choose another with --data-dir`, {
      cause: error,
    });
  }
  return realpathSync(path);
}

/** mkdir -p, one level at a time: Node's own never returns below file systems that cannot hold directories (`/proc`). */
function makeDirectories(path: string): void {
  if (existsSync(path)) {
    if (statSync(path).isDirectory()) return;
    throw Object.assign(new Error(`${path} is not a directory`), { code: 'ENOTDIR' });
  }
  makeDirectories(dirname(path));
  mkdirSync(path, { mode: 0o755 });
}
