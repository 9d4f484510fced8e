import { execFile } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '@taffrail/platform/clock';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { lastLines, startChild, type Child } from './child.ts';
import { postgresAccount, type Account } from './postgres-account.ts';
import { findPostgres, type PostgresBinaries } from './postgres-binaries.ts';
import { isRunning, runningProcess, terminate, workingDirectoryOf, type RunningProcess } from './running-process.ts';
import type { EmbeddedServer } from './server.ts';
import { shortDirectory } from './short-directory.ts';

export interface PostgresOptions {
  /** Everything of this server lies below (the unix socket excepted). Created when missing. */
  readonly directory: string;
  readonly clock: Clock;
  /** Aborting it gives up the start; it does not stop a server that is up. */
  readonly signal: AbortSignal;
  /** Default `limits.postgresConnectionsCount`. */
  readonly connectionsCount?: number;
  /** Default `<directory>/postgres.log`. */
  readonly logFile?: string;
  /** Told the process as soon as there is one, long before it is ready. */
  readonly spawned?: (process: RunningProcess) => void;
}

const ROLE = 'taffrail';
const DATABASE = 'postgres';

/**
 * Starts Postgres on a unix socket only, reachable for this operating system user alone, and resolves when it takes
 * connections. The url is libpq's (see `databaseAddress`). As root it runs as an unprivileged user; a server that an
 * earlier supervisor left behind on the same directory is stopped first.
 * Throws `missing-dependency`, `permission`, `timeout`, or `unavailable` with the log's last lines.
 */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedServer> {
  const { clock, signal } = options;
  mkdirSync(options.directory, { recursive: true, mode: 0o755 });
  const directory = realpathSync(options.directory);
  const dataDir = join(directory, 'data');
  const account = postgresAccount(dataDir);
  const logFile = options.logFile ?? join(directory, 'postgres.log');

  await stopLeftover(dataDir, clock);
  const binaries = findPostgres(account, [directory, '/var/cache/taffrail'], majorOf(dataDir));
  if (!existsSync(dataDir)) await createDatabase(binaries, account, directory, dataDir, signal);
  writeAccessRules(dataDir, account);
  const socketDir = shortDirectory('pg', dataDir, account);

  const launch = (): Promise<Child> =>
    startChild({
      command: join(binaries.binDir, 'postgres'),
      args: ['-D', dataArgument(account, dataDir), ...settings(binaries, socketDir, options.connectionsCount)],
      logFile,
      ...runAs(account, dataDir),
      env: childEnvironment({ LC_ALL: 'C.UTF-8', PGDATA: undefined }),
      clock,
    });
  const child = await untilLaunched(launch, dataDir, logFile, options);
  return {
    url: urlOf(socketDir),
    process: child.process,
    pid: child.process.pid,
    description: `Postgres ${binaries.version} (${binaries.origin})`,
    exited: child.exited,
    async stop() {
      await child.stop('SIGINT'); // a "fast" shutdown: sessions are ended, everything is flushed
      rmSync(socketDir, { recursive: true, force: true });
    },
  };
}

/** The url a server on `directory` will have, before it is started: the same at every start. */
export function postgresUrl(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  const dataDir = join(realpathSync(directory), 'data');
  return urlOf(shortDirectory('pg', dataDir, postgresAccount(dataDir)));
}

const urlOf = (socketDir: string): string =>
  `postgres:///${DATABASE}?${new URLSearchParams({ host: socketDir, user: ROLE }).toString()}`;

/**
 * As another user, Postgres names its directory `/proc/self/cwd`: the kernel follows that link without asking for
 * permission on the directories above, so a data directory below a private home (mode 0700) works too.
 */
function dataArgument(account: Account, dataDir: string): string {
  return account.own || process.platform !== 'linux' ? dataDir : '/proc/self/cwd';
}

function runAs(account: Account, dataDir: string): { cwd: string; uid?: number; gid?: number } {
  return account.own ? { cwd: dataDir } : { cwd: dataDir, uid: account.uid, gid: account.gid };
}

function settings(binaries: PostgresBinaries, socketDir: string, connectionsCount?: number): readonly string[] {
  const values: Readonly<Record<string, string>> = {
    listen_addresses: '',
    unix_socket_directories: socketDir,
    unix_socket_permissions: '0700',
    max_connections: String(connectionsCount ?? limits.postgresConnectionsCount),
    shared_buffers: `${limits.postgresBuffersBytes / 1024}kB`,
    // Asynchronous I/O would cost three worker processes; the read model is small.
    ...(binaries.major >= 18 ? { io_method: 'sync' } : {}),
    max_worker_processes: '0',
    max_parallel_workers: '0',
    max_parallel_maintenance_workers: '0',
    max_logical_replication_workers: '0',
    wal_level: 'minimal',
    max_wal_senders: '0',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

/** Only the operating system user that started us may log in, on the socket; nobody over the network. */
function writeAccessRules(dataDir: string, account: Account): void {
  const rules: Readonly<Record<string, string>> = {
    'pg_hba.conf': 'local all all peer map=taffrail\n',
    'pg_ident.conf': `taffrail "${userInfo().username}" ${ROLE}\n`,
  };
  for (const [name, text] of Object.entries(rules)) {
    const file = join(dataDir, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (!account.own) chownSync(file, account.uid, account.gid);
  }
}

/** The major version that made the data directory; `undefined` when there is none yet. */
function majorOf(dataDir: string): number | undefined {
  const file = join(dataDir, 'PG_VERSION');
  return existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : undefined;
}

/** Runs initdb beside its final place and renames: an interrupted start leaves nothing half made. */
async function createDatabase(
  binaries: PostgresBinaries,
  account: Account,
  directory: string,
  dataDir: string,
  signal: AbortSignal,
): Promise<void> {
  const unfinished = join(directory, 'data.unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  if (!account.own) chownSync(unfinished, account.uid, account.gid);
  const args = ['-D', dataArgument(account, unfinished), '-U', ROLE, '--locale=C.UTF-8', '-E', 'UTF8'];
  try {
    await promisify(execFile)(join(binaries.binDir, 'initdb'), [...args, '--no-instructions', '--auth=peer'], {
      ...runAs(account, unfinished),
      env: childEnvironment({ LC_ALL: 'C.UTF-8', PGDATA: undefined }),
      signal,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new OperatingError('unavailable', `initdb failed: ${messageOf(error)}`, { cause: error, retryable: false });
  }
  chmodSync(unfinished, 0o700);
  renameSync(unfinished, dataDir);
}

/** The lines of `postmaster.pid`: pid first, state in the eighth (libpq's pidfile.h). */
function postmasterLines(dataDir: string): readonly string[] {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return []; // not running
  }
}

/**
 * Stops a server that outlived its supervisor. Its pid may belong to someone else by now, therefore its working
 * directory must be the data directory as well (where the system tells).
 */
async function stopLeftover(dataDir: string, clock: Clock): Promise<void> {
  const pid = Number(postmasterLines(dataDir)[0]);
  if (!Number.isSafeInteger(pid) || pid <= 1) return;
  const leftover = runningProcess(pid);
  if (leftover === undefined) return;
  if (process.platform === 'linux' && workingDirectoryOf(pid) !== dataDir) return;
  await terminate(leftover, { clock, signal: 'SIGINT' });
}

/**
 * The workers of a server that was killed end a moment after it, and until then nobody gets its shared memory: a start
 * that is refused for that is repeated.
 */
async function untilLaunched(
  launch: () => Promise<Child>,
  dataDir: string,
  logFile: string,
  options: PostgresOptions,
): Promise<Child> {
  const deadlineMs = options.clock.monotonicMs() + limits.childStopMs;
  while (true) {
    const child = await launch();
    options.spawned?.(child.process);
    try {
      await untilReady(child, dataDir, logFile, options);
      return child;
    } catch (error) {
      await child.stop('SIGINT');
      const occupied = lastLines(logFile, 3).includes('pre-existing shared memory block');
      if (!occupied || options.clock.monotonicMs() > deadlineMs) throw error;
      await options.clock.sleep(100, options.signal);
    }
  }
}

async function untilReady(child: Child, dataDir: string, logFile: string, options: PostgresOptions): Promise<void> {
  const { clock, signal } = options;
  const deadlineMs = clock.monotonicMs() + limits.startTimeoutMs;
  while (true) {
    signal.throwIfAborted();
    const lines = postmasterLines(dataDir);
    if (Number(lines[0]) === child.process.pid && lines[7]?.trim() === 'ready') return;
    if (child.exit() !== undefined || !isRunning(child.process)) {
      const tail = lastLines(logFile, 5);
      throw new OperatingError('unavailable', `Postgres ended at its start; the last lines of ${logFile}:\n${tail}`, {
        retryable: false,
      });
    }
    if (clock.monotonicMs() > deadlineMs) {
      throw new OperatingError('timeout', `Postgres was not ready in time; see ${logFile}`);
    }
    await clock.sleep(10, signal);
  }
}
