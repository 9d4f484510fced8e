import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning, runningProcess, type RunningProcess } from '@taffrail/embedded/running-process';
import { assert } from '@taffrail/platform/assert';
import { OperatingError } from '@taffrail/platform/failure';

/** One supervisor per data directory, held until it is disposed. */
export interface SupervisorLock extends Disposable {
  /** Whether a supervisor that no longer runs had left its lock behind. */
  readonly wasStale: boolean;
}

/**
 * Takes `<data-dir>/lock`. A lock whose owner no longer runs (same pid and same start time) is taken over.
 * Throws `address-in-use` when another supervisor is alive.
 */
export function lockDataDirectory(dataDir: string): SupervisorLock {
  const file = join(dataDir, 'lock');
  const own = runningProcess(process.pid);
  assert(own !== undefined, 'this process runs');
  const claim = `${file}.${process.pid}`;
  writeFileSync(claim, JSON.stringify(own), { mode: 0o600 });
  let wasStale = false;
  try {
    // A link either appears complete or not at all, and never replaces what is there.
    while (!tryLink(claim, file)) {
      const owner = lockOwner(file);
      if (owner !== undefined && isRunning(owner)) {
        throw new OperatingError(
          'address-in-use',
          `a cluster already runs on ${dataDir} (process ${owner.pid}): stop it with "taffrail down", or use another --data-dir`,
        );
      }
      wasStale = true;
      setAside(file, owner);
    }
  } finally {
    rmSync(claim, { force: true });
  }
  return {
    wasStale,
    [Symbol.dispose]() {
      if (lockOwner(file)?.pid === own.pid) rmSync(file, { force: true });
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a stale lock. Between our look and the rename someone may have taken it over: then theirs is put back. */
function setAside(file: string, stale: RunningProcess | undefined): void {
  const aside = `${file}.stale.${process.pid}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // someone else was faster
    throw error;
  }
  const moved = lockOwner(aside);
  if (moved !== undefined && moved.pid !== stale?.pid) tryLink(aside, file);
  rmSync(aside, { force: true });
}

/** The process a lock file names; `undefined` when there is no such file or it names none. */
export function lockOwner(file: string): RunningProcess | undefined {
  try {
    const owner = JSON.parse(readFileSync(file, 'utf8')) as Partial<RunningProcess>;
    if (typeof owner.pid !== 'number' || typeof owner.startedAt !== 'string') return undefined;
    return { pid: owner.pid, startedAt: owner.startedAt };
  } catch {
    return undefined;
  }
}
