import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '@taffrail/platform/clock';
import { childEnvironment, environmentVariable } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Random } from '@taffrail/platform/random';
import { lastLines, startChild, type Child } from './child.ts';
import { freeBytesOf } from './disk-room.ts';
import { freePort, isPortFree } from './free-port.ts';
import { findNatsBinary } from './nats-binary.ts';
import { natsConfig } from './nats-config.ts';
import { terminate, type RunningProcess } from './running-process.ts';
import type { EmbeddedServer } from './server.ts';

export interface NatsOptions {
  /** Everything of this server lies below: streams, configuration, token, log. Created when missing. */
  readonly storeDir: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Aborting it gives up the start; it does not stop a server that is up. */
  readonly signal: AbortSignal;
  /** Default: a free one. */
  readonly port?: number;
  /** A nats-server to use instead of the one found. */
  readonly binary?: string;
  /** Default `<storeDir>/nats-server.log`. */
  readonly logFile?: string;
  /** Told the process as soon as there is one, long before it is ready. */
  readonly spawned?: (process: RunningProcess) => void;
}

/**
 * Starts nats-server with JetStream on loopback and resolves when it answers.
 * The url names the file with the access token (see `natsAddress`). A server that an earlier supervisor left behind on
 * the same directory is stopped first.
 * Throws `address-in-use`, `missing-dependency`, `permission`, `timeout`, or `unavailable` with the log's last lines.
 */
export async function startNats(options: NatsOptions): Promise<EmbeddedServer> {
  const { storeDir, clock } = options;
  const binary = findNatsBinary(options.binary);
  mkdirSync(storeDir, { recursive: true, mode: 0o700 });
  await stopLeftover(storeDir, clock);

  const port = options.port ?? (await freePort());
  // Checked beforehand: another NATS on that port would greet us just like ours.
  if (!(await isPortFree(port, '127.0.0.1'))) throw portTaken(port);
  const tokenFile = join(storeDir, TOKEN_FILE);
  const configFile = join(storeDir, 'nats-server.conf');
  const streamsDir = join(storeDir, 'streams');
  const logFile = options.logFile ?? join(storeDir, 'nats-server.log');
  const token = ensureToken(tokenFile, options.random);
  const config = natsConfig({
    port,
    storeDir: streamsDir,
    token,
    fileStoreBytes: fileStoreBytes(storeDir, streamsDir),
  });
  writeFileSync(configFile, config, { mode: 0o600 });

  const child = await startChild({
    command: binary.path,
    args: ['-c', configFile],
    logFile,
    env: natsEnvironment(),
    clock,
  });
  options.spawned?.(child.process);
  writeFileSync(join(storeDir, PROCESS_FILE), JSON.stringify(child.process), { mode: 0o600 });
  try {
    await untilAnswering(child, port, logFile, options);
  } catch (error) {
    await child.stop('SIGTERM');
    throw error;
  }
  return {
    url: natsUrl(storeDir, port),
    process: child.process,
    pid: child.process.pid,
    description: `nats-server ${binary.version} (${binary.origin})`,
    exited: child.exited,
    // SIGTERM flushes the streams' indexes: after anything harder the next start reads every block again.
    stop: () => child.stop('SIGTERM'),
  };
}

/**
 * By itself its collector lets the heap grow to twice what is in use. Most of that are a few blocks of the log, which it
 * need not look into, so that collecting more often costs next to nothing. Whoever sets these himself is left alone.
 */
function natsEnvironment(): Readonly<Record<string, string>> {
  return childEnvironment({
    GOGC: environmentVariable('GOGC') ?? String(limits.natsHeapGrowthPercent),
    GOMEMLIMIT: environmentVariable('GOMEMLIMIT') ?? String(limits.natsHeapBytes),
  });
}

/** The url a server on `storeDir` will have, before it is started. */
export function natsUrl(storeDir: string, port: number): string {
  return `nats://127.0.0.1:${port}?${new URLSearchParams({ tokenFile: join(storeDir, TOKEN_FILE) }).toString()}`;
}

const TOKEN_FILE = 'token';
const PROCESS_FILE = 'process.json';

/** Stops what an earlier supervisor that was killed left behind on this directory. */
async function stopLeftover(storeDir: string, clock: Clock): Promise<void> {
  const file = join(storeDir, PROCESS_FILE);
  if (!existsSync(file)) return;
  let leftover: RunningProcess;
  try {
    leftover = JSON.parse(readFileSync(file, 'utf8')) as RunningProcess;
  } catch {
    return; // the supervisor died while it wrote the file, so there was no server to remember yet
  }
  await terminate(leftover, { clock });
}

function ensureToken(file: string, random: Random): string {
  if (existsSync(file)) {
    const token = readFileSync(file, 'utf8').trim();
    if (token !== '') return token;
  }
  const token = Buffer.from(random.bytes(32)).toString('hex');
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
  return token;
}

/** What the streams hold already plus the free space, less a reserve: JetStream then refuses before the disk is full. */
function fileStoreBytes(storeDir: string, streamsDir: string): number {
  return usedBytes(streamsDir) + Math.max(0, freeBytesOf(storeDir) - limits.natsDiskReserveBytes);
}

function usedBytes(directory: string): number {
  if (!existsSync(directory)) return 0;
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Polls the port: JetStream recovers its streams before the server listens, so a greeting means it is ready. */
async function untilAnswering(child: Child, port: number, logFile: string, options: NatsOptions): Promise<void> {
  const { clock, signal } = options;
  const deadlineMs = clock.monotonicMs() + limits.startTimeoutMs;
  while (true) {
    signal.throwIfAborted();
    if (child.exit() !== undefined) throw startFailure(port, logFile);
    if (await greets(port)) {
      if (child.exit() === undefined) return;
      throw startFailure(port, logFile);
    }
    if (clock.monotonicMs() > deadlineMs) {
      throw new OperatingError('timeout', `nats-server did not answer on port ${port} in time; see ${logFile}`);
    }
    await clock.sleep(10, signal);
  }
}

function portTaken(port: number): OperatingError {
  return new OperatingError('address-in-use', `port ${port} is taken by another program; nats-server needs it`);
}

function startFailure(port: number, logFile: string): OperatingError {
  const tail = lastLines(logFile, 5);
  if (tail.includes('address already in use')) return portTaken(port);
  return new OperatingError('unavailable', `nats-server ended at its start; the last lines of ${logFile}:\n${tail}`, {
    retryable: false,
  });
}

function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => finish(false));
    socket.once('data', (chunk) => finish(chunk.toString('latin1').startsWith('INFO ')));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
