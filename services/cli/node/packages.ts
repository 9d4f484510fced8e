import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findExecutable } from '@taffrail/embedded/executable';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';

/** Whether we may install packages ourselves: root on a system with apt. */
export function canInstallPackages(): boolean {
  return process.getuid?.() === 0 && findExecutable('apt-get') !== undefined;
}

/** Installs Debian packages, telling each step. Throws `missing-dependency` with apt's last lines. */
export async function installPackages(
  packages: readonly string[],
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  say(`installing ${packages.join(', ')} with apt-get`);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  // The lists may be older than what the mirrors still have: update once when the first try fails.
  if ((await apt(install, say, signal)) === 0) return;
  say('refreshing the package lists');
  await apt(['update'], say, signal);
  if ((await apt(install, say, signal)) === 0) return;
  throw new OperatingError(
    'missing-dependency',
    `apt-get could not install ${packages.join(' ')}: install them yourself, or use --runtime simulated`,
  );
}

const PROGRESS = /^(Get:\d+|Unpacking|Setting up|E:|W:)/;

async function apt(args: readonly string[], say: (line: string) => void, signal: AbortSignal): Promise<number> {
  const child = spawn('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: childEnvironment({ DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }),
    signal,
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (PROGRESS.test(line)) say(`  ${line}`);
    });
  }
  return await ended;
}
