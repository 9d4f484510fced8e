import { createHash } from 'node:crypto';
import { accessSync, chmodSync, chownSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { OperatingError } from '@taffrail/platform/failure';
import type { Account } from './postgres-account.ts';

/** The parent of short directories: `/run` where we may write there (root), else `/tmp`. */
function parentDirectory(): string {
  try {
    accessSync('/run', constants.W_OK);
    return '/run';
  } catch {
    return '/tmp';
  }
}

/**
 * A private directory with a short name (unix sockets allow about 100 characters), the same one for the same `owner`
 * path at every start. Made when missing; belongs to `account`, mode 0700.
 * Throws `permission` when someone else already has that name.
 */
export function shortDirectory(purpose: string, owner: string, account: Account): string {
  const suffix = createHash('sha256').update(`${account.uid}:${owner}`).digest('hex').slice(0, 12);
  const path = join(parentDirectory(), `taffrail-${purpose}-${suffix}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path); // not stat: a planted symbolic link must not be followed
  const ours = process.getuid?.() ?? account.uid;
  if (!found.isDirectory() || (found.uid !== account.uid && found.uid !== ours)) {
    throw new OperatingError('permission', `${path} belongs to another user`);
  }
  if (!account.own) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
  return path;
}
