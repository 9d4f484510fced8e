import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { OperatingError } from '@taffrail/platform/failure';

/** The operating system's user a server runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
  /** Our own account: nothing has to be changed to run as it. */
  readonly own: boolean;
}

/**
 * Postgres refuses to run as root: then it runs as the owner of its data directory, or before that exists as `postgres`
 * where there is such a user, else as `nobody`. Throws `missing-dependency` when there is neither.
 */
export function postgresAccount(dataDir: string): Account {
  const { uid, gid } = userInfo();
  if (uid !== 0) return { uid, gid, own: true };
  const owner = existsSync(dataDir) ? statSync(dataDir) : undefined;
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid, own: false };
  const users = readFileSync('/etc/passwd', 'utf8').split('\n');
  for (const name of ['postgres', 'nobody']) {
    const fields = users.find((line) => line.startsWith(`${name}:`))?.split(':');
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]), own: false };
  }
  throw new OperatingError(
    'missing-dependency',
    'Postgres does not run as root and this system has neither the user postgres nor nobody; use --database-url',
  );
}

/** Whether `account` may walk to `path` and read (and search) it, judged by the mode bits of every directory above. */
export function isReachable(path: string, account: Account): boolean {
  if (account.own) return true;
  let current = path;
  let wanted = lstatSync(path).isDirectory() ? 0o5 : 0o4;
  while (true) {
    const { mode, uid, gid } = statSync(current);
    const bits = uid === account.uid ? mode >> 6 : gid === account.gid ? mode >> 3 : mode;
    if ((bits & wanted) !== wanted) return false;
    const parent = dirname(current);
    if (parent === current) return true;
    current = parent;
    wanted = 0o1;
  }
}
