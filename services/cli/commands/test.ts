import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
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
      if (tier === 'sim' && !existsSync(join(repositoryRoot(), 'libs', 'sim'))) {
        throw new OperatingError('missing-dependency', 'this version has no simulator yet');
      }
      const vitest = join(repositoryRoot(), 'node_modules', 'vitest', 'vitest.mjs');
      if (!existsSync(vitest))
        throw new OperatingError('missing-dependency', 'vitest is not installed: run "npm install"');
      if (tier === undefined || tier === 'e2e') await prepareNode(options.install, signal);
      describeTools();
      const { code, counts } = await runVitest(vitest, tier, signal);
      if (code !== 0) console.error(`taffrail: the tests failed (vitest exited with ${code})`);
      console.log(`${counts.passed} passed, ${counts.failed} failed`);
      process.exitCode = code;
    });
}

async function prepareNode(install: boolean, signal: AbortSignal): Promise<void> {
  const found = findNodePrograms();
  const packages = [
    ...('packages' in found ? found.packages : []),
    // Images are made of it and hold nothing else, so it must be the static one.
    ...(isInstalled('busybox-static') ? [] : ['busybox-static']),
    ...(findExecutable('docker-registry') === undefined ? ['docker-registry'] : []),
    ...(findExecutable('kubectl') === undefined ? ['kubernetes-client'] : []),
  ];
  if (packages.length === 0) return;
  if (!install || !canInstallPackages()) {
    throw new OperatingError(
      'missing-dependency',
      `the end-to-end tests need ${packages.join(', ')}: install them, or run one of the tiers unit and integration`,
    );
  }
  await installPackages(packages, (line) => console.log(line), signal);
}

function isInstalled(debianPackage: string): boolean {
  const { stdout } = spawnSync('dpkg-query', ['--show', '--showformat=${db:Status-Abbrev}', debianPackage], {
    encoding: 'utf8',
  });
  return stdout?.startsWith('ii') ?? false;
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

interface Outcome {
  /** vitest's own exit code. */
  readonly code: number;
  readonly counts: { readonly passed: number; readonly failed: number };
}

async function runVitest(vitest: string, tier: Tier | undefined, signal: AbortSignal): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'taffrail-test-'));
  const report = join(directory, 'report.json');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const child = spawn(process.execPath, [vitest, ...args, ...(tier === undefined ? [] : ['--project', tier])], {
    cwd: repositoryRoot(),
    stdio: 'inherit',
    env: childEnvironment(),
  });
  signal.addEventListener('abort', () => child.kill('SIGTERM'), { once: true });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exit) => resolve(exit ?? 1));
  });
  const counts = countsOf(report, code);
  rmSync(directory, { recursive: true, force: true });
  return { code, counts };
}

/** A run that fails without a failed test (a file that does not load, a hook) counts as one failure at least. */
function countsOf(report: string, code: number): Outcome['counts'] {
  if (!existsSync(report)) return { passed: 0, failed: Math.min(code, 1) };
  const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as {
    readonly numPassedTests: number;
    readonly numFailedTests: number;
  };
  return { passed: numPassedTests, failed: code === 0 ? numFailedTests : Math.max(1, numFailedTests) };
}
