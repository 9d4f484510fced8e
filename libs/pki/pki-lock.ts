import { open, readFile, rm } from 'node:fs/promises';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';

/**
 * Lets one process at a time make certificates: several start at once on an empty data directory. The lock names its
 * owner; one whose owner is gone is taken over.
 */
export async function lockPki(file: string, clock: Clock): Promise<AsyncDisposable> {
  const deadlineMs = clock.monotonicMs() + limits.pkiLockMs;
  for (;;) {
    try {
      const handle = await open(file, 'wx', 0o600);
      await handle.writeFile(String(process.pid));
      await handle.close();
      return { [Symbol.asyncDispose]: () => rm(file, { force: true }) };
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    }
    if (await isAbandoned(file)) {
      await rm(file, { force: true });
      continue;
    }
    if (clock.monotonicMs() > deadlineMs) {
      throw new OperatingError('timeout', `another process has held ${file} for ${limits.pkiLockMs / 1000} s`);
    }
    await clock.sleep(20);
  }
}

async function isAbandoned(file: string): Promise<boolean> {
  const owner = await readFile(file, 'utf8').catch(() => undefined);
  // Gone already, or its owner has not written its name yet.
  if (owner === undefined || owner === '') return false;
  try {
    process.kill(Number(owner), 0);
    return false;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
