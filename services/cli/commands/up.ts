import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { collectWhenIdle } from '@taffrail/platform/collect-when-idle';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { systemRandom } from '@taffrail/platform/random';
import { dataDirectory, ensureDataDirectory } from '../cluster/cluster-directory.ts';
import { UsageError } from '../failure.ts';
import { serviceEntry } from '../services.ts';
import { upOptions, type UpFlags, type UpOptions } from '../up/options.ts';
import { runCluster } from '../up/run-cluster.ts';

interface Flags extends UpFlags {
  readonly detach?: boolean;
}

/** `up`: brings a cluster up on this machine, in the foreground or with --detach. */
export function register(program: Command, signal: AbortSignal): void {
  program
    .command('up')
    .description('bring a cluster up on this machine: NATS, Postgres, API server, controllers, scheduler and one node')
    .option('--detach', 'return when the node is Ready; the cluster runs on in the background')
    .option('--data-dir <dir>', 'where everything is kept (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .option('--port <port>', 'port of the API server (default: 6443)')
    .option('--bind-address <address>', 'address the API server listens on; 0.0.0.0 for all (default: 127.0.0.1)')
    .option(
      '--advertise-address <address>',
      'address pods find the API server at (default: where it listens, on loopback that of this machine)',
    )
    .option('--runtime <runtime>', 'auto, containerd (needs root) or simulated (no containers) (default: auto)')
    .option('--simulated-nodes <count>', 'further nodes that only pretend to run containers (default: 0)')
    .option('--node-name <name>', "name of the node (default: this machine's)")
    .option('--pod-cidr <range>', 'addresses of pods (default: 10.244.0.0/24)')
    .option('--service-cidr <range>', 'addresses of Services (default: 10.96.0.0/16)')
    .option(
      '--encrypt <resources>',
      'encrypt more than Secrets, e.g. configmaps,deployments.apps (default: nothing more)',
    )
    .option('--event-ttl <time>', 'how long core/v1 Events are kept, e.g. 12h (default: 30d)')
    .option('--nats-url <url>', 'use this NATS instead of starting one')
    .option('--database-url <url>', 'use this Postgres instead of starting one')
    .option('--nats-server <file>', 'the nats-server to run (default: TAFFRAIL_NATS_SERVER, PATH, the npm package)')
    .option('--no-service-ca', 'publish no ConfigMap service-ca.crt in namespaces, kube-root-ca.crt alone')
    .option('--otlp-endpoint <url>', 'send traces and metrics to this OpenTelemetry collector (OTLP over HTTP)')
    .option('--cpu-prof <dir>', 'write a CPU profile of each service into this directory when it ends')
    .option('--no-install', 'never install packages; say what is missing instead')
    .action(async (flags: Flags) => {
      const options = upOptions(flags);
      if (options.encrypt.length > 0) await requireEncryptable(options.encrypt);
      if (flags.detach === true) await detach(options, signal);
      else await foreground(options, signal);
    });
}

/** Throws UsageError for what cannot be encrypted. The kinds are large, and the supervisor needs them for nothing else. */
async function requireEncryptable(names: readonly string[]): Promise<void> {
  const { allResources } = await import('@taffrail/resources/registry');
  const { encryptedResources } = await import('@taffrail/resources/encrypted-resources');
  const encrypted = encryptedResources(allResources(), names);
  if (typeof encrypted === 'string') throw new UsageError(`--encrypt: ${encrypted}`);
}

/** What the supervisor tells the process that started it in the background. */
type Report =
  | { readonly kind: 'line'; readonly line: string }
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly message: string };

async function foreground(options: UpOptions, signal: AbortSignal): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  const report = (message: Report): void => {
    if (process.connected) process.send?.(message);
  };
  const say = (line: string): void => {
    console.log(line);
    report({ kind: 'line', line });
  };
  const ready = (kubeconfig: string): void => {
    say(`${'cluster'.padEnd(12)} ready ${((systemClock.monotonicMs() - startedMs) / 1000).toFixed(2).padStart(6)} s`);
    say(`export KUBECONFIG=${kubeconfig}`);
    report({ kind: 'ready' });
    if (process.stdout.isTTY) console.log('Ctrl-C stops it');
  };
  try {
    collectWhenIdle(systemClock);
    await runCluster({ options, clock: systemClock, random: systemRandom, say, ready }, signal);
  } catch (error) {
    report({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    if (process.connected) process.disconnect?.();
  }
}
/** Starts the same command again as a supervisor in the background and passes on what it reports until it is ready. */
async function detach(options: UpOptions, signal: AbortSignal): Promise<void> {
  const dataDir = ensureDataDirectory(dataDirectory(options.dataDir));
  const logs = join(dataDir, 'logs');
  mkdirSync(logs, { recursive: true, mode: 0o755 });
  const logFile = join(logs, 'up.log');
  const log = openSync(logFile, 'a', 0o600);
  const args = process.argv.slice(2).filter((arg) => arg !== '--detach');
  // It mostly waits: V8's mode for little memory suits it.
  const flags = ['--lite-mode', '--max-semi-space-size=1', '--expose-gc'];
  const child = spawn(process.execPath, [...flags, serviceEntry('cli'), ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: childEnvironment({ MALLOC_ARENA_MAX: '1' }),
  });
  closeSync(log);
  const interrupt = (): boolean => child.kill('SIGTERM');
  signal.addEventListener('abort', interrupt, { once: true });

  let failure: string | undefined;
  const outcome = await new Promise<'ready' | 'ended'>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => resolve('ended'));
    child.on('message', (message: Report) => {
      if (message.kind === 'line') console.log(message.line);
      else if (message.kind === 'ready') resolve('ready');
      else failure = message.message;
    });
  });
  signal.removeEventListener('abort', interrupt);
  if (outcome === 'ended')
    throw new OperatingError('unavailable', failure ?? `the cluster did not start; see ${logFile}`);
  child.disconnect();
  child.unref();
}
