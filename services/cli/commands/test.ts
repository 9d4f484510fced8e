import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { findExecutable } from '@taffrail/embedded/executable';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { UsageError } from '../failure.ts';
import { findNodePrograms } from '../node/node-programs.ts';
import { canInstallPackages, installPackages } from '../node/packages.ts';
import { repositoryRoot } from '../services.ts';

const TIERS = ['unit', 'integration', 'e2e', 'sim'] as const;
type Tier = (typeof TIERS)[number];

/** `test`: sets up what the tests need and runs them; the exit code says whether they passed. */
export function register(program: Command, signal: AbortSignal): void {
  program
    .command('test')
    .description(
      'run the tests, all or one tier: unit, integration (real NATS and Postgres), e2e (real containers), sim',
    )
    .argument('[tier]', TIERS.join(', '))
    .option('--no-install', 'never install packages')
    .action(async (name: string | undefined, options: { readonly install: boolean }) => {
      const tier = TIERS.find((known) => known === name);
      if (name !== undefined && tier === undefined) {
        throw new UsageError(`there is no tier "${name}": ${TIERS.join(', ')}`);
      }
      const vitest = join(repositoryRoot(), 'node_modules', 'vitest', 'vitest.mjs');
      if (!existsSync(vitest))
        throw new OperatingError('missing-dependency', 'vitest is not installed: run "npm install"');
      if (tier === undefined || tier === 'e2e') await prepareNode(options.install, signal);
      describeTools();
      const code = await runVitest(vitest, tier, signal);
      if (code !== 0) throw new OperatingError('runtime', `the tests failed (vitest exited with ${code})`);
    });
}

async function prepareNode(install: boolean, signal: AbortSignal): Promise<void> {
  const found = findNodePrograms();
  const busybox = findExecutable('busybox') === undefined ? ['busybox-static'] : [];
  const packages = [...('packages' in found ? found.packages : []), ...busybox];
  if (packages.length === 0) return;
  if (install && canInstallPackages()) await installPackages(packages, (line) => console.log(line), signal);
  else console.log(`without ${packages.join(', ')} the tests with real containers are skipped`);
}

/** The NATS and Postgres in use are printed by the tests' own setup. */
function describeTools(): void {
  const kubectl = findExecutable('kubectl');
  if (kubectl === undefined) {
    console.log('kubectl: not installed; tests that need it are skipped');
    return;
  }
  const { stdout } = spawnSync(kubectl, ['version', '--client'], { encoding: 'utf8' });
  console.log(`kubectl: ${stdout.split('\n')[0]?.replace('Client Version: ', '') ?? 'unknown'} (${kubectl})`);
  console.log(`node: ${process.version}`);
}

async function runVitest(vitest: string, tier: Tier | undefined, signal: AbortSignal): Promise<number> {
  const args = ['run', ...(tier === undefined ? [] : ['--project', tier])];
  const child = spawn(process.execPath, [vitest, ...args], {
    cwd: repositoryRoot(),
    stdio: 'inherit',
    env: childEnvironment(),
  });
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
