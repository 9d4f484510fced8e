import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ApiClient } from '@taffrail/controller/api-client';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { startChild, type Child } from '@taffrail/embedded/child';
import { startNats } from '@taffrail/embedded/nats-server';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import type { EmbeddedServer } from '@taffrail/embedded/server';
import { clusterKeyFile } from '@taffrail/log/cluster-key';
import { ensureClusterPki } from '@taffrail/pki/ensure-cluster-pki';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock } from '@taffrail/platform/clock';
import { childEnvironment } from '@taffrail/platform/environment';
import { systemRandom } from '@taffrail/platform/random';

const repository = path.resolve(import.meta.dirname, '../..');

/** One of the processes a proof kills or stops. */
export interface Victim {
  readonly name: string;
  pid(): number;
  /** SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** Starts it again on what it left behind, and waits until it serves. */
  restart(): Promise<void>;
}

export interface ApiVictim extends Victim {
  /** A new client of it, as an administrator. */
  client(): ApiClient;
  /** The end of its log, for a proof that fails. */
  lastLines(): Promise<string>;
}

/** nats-server, Postgres and API servers as processes of their own, on loopback, in a directory that goes with them. */
export interface World extends AsyncDisposable {
  readonly directory: string;
  readonly nats: Victim & { readonly url: string };
  readonly postgres: Victim & { readonly url: string };
  readonly apis: readonly ApiVictim[];
}

export interface WorldOptions {
  readonly apiServers: number;
  /** The only API server of a world may know that it is alone. */
  readonly soleWriter: boolean;
  /** Where an API server reaches NATS, when not at its own address. */
  readonly natsUrlOf?: (server: number, url: string) => string | Promise<string>;
}

const CLUSTER = { host: '127.0.0.1', serviceCidr: '10.96.0.0/16' };
const START_MS = 60_000;

export async function startWorld(options: WorldOptions): Promise<World> {
  const directory = await mkdtemp(path.join(tmpdir(), 'taffrail-proof-'));
  const scope = new AsyncDisposableStack();
  scope.defer(async () => await rm(directory, { recursive: true, force: true }));
  try {
    const nats = await embedded('nats', scope, async (port) => {
      const shared = { clock: systemClock, random: systemRandom, signal: AbortSignal.timeout(START_MS) };
      return await startNats({ storeDir: path.join(directory, 'nats'), ...shared, ...(port === 0 ? {} : { port }) });
    });
    const postgres = await embedded('postgres', scope, async () => {
      const shared = { clock: systemClock, signal: AbortSignal.timeout(START_MS) };
      return await startPostgres({ directory: path.join(directory, 'postgres'), ...shared });
    });
    const apis: ApiVictim[] = [];
    for (let index = 0; index < options.apiServers; index++) {
      const natsUrl = (await options.natsUrlOf?.(index, nats.url)) ?? nats.url;
      apis.push(await apiServer(directory, index, { natsUrl, databaseUrl: postgres.url }, options, scope));
    }
    return { directory, nats, postgres, apis, [Symbol.asyncDispose]: async () => await scope.disposeAsync() };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}

async function embedded(
  name: string,
  scope: AsyncDisposableStack,
  start: (port: number) => Promise<EmbeddedServer>,
): Promise<Victim & { readonly url: string }> {
  let server = await start(0);
  const { url } = server;
  const port = url.startsWith('nats:') ? Number(/:(\d+)/.exec(url)?.[1]) : 0;
  scope.defer(async () => await server.stop());
  return {
    name,
    url,
    pid: () => server.pid,
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    async restart() {
      server = await start(port);
    },
  };
}

/** Every API server of a cluster needs the same key; the first one made it at its start. */
async function copyClusterKey(from: string, to: string): Promise<void> {
  const target = clusterKeyFile(to);
  await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
  await copyFile(clusterKeyFile(from), target);
}

async function apiServer(
  directory: string,
  index: number,
  stores: { readonly natsUrl: string; readonly databaseUrl: string },
  { soleWriter }: WorldOptions,
  scope: AsyncDisposableStack,
): Promise<ApiVictim> {
  const dataDir = path.join(directory, `api-${index}`);
  await mkdir(dataDir, { recursive: true });
  if (index > 0) await copyClusterKey(path.join(directory, 'api-0'), dataDir);
  const port = 20_000 + Math.floor(systemRandom.next() * 12_000);
  const server = `https://${CLUSTER.host}:${port}`;
  await ensureClusterPki(dataDir, {
    clock: systemClock,
    random: systemRandom,
    server,
    apiHosts: [CLUSTER.host],
    serviceCidr: CLUSTER.serviceCidr,
    nodes: [],
  });
  const kubeconfig = await readKubeconfig(path.join(dataDir, 'kubeconfig'));
  const logFile = path.join(dataDir, 'api.log');
  const client = (): ApiClient =>
    httpApiClient({ endpoint: kubeconfig, clock: systemClock, userAgent: 'taffrail-proof/1' });
  const launch = async (): Promise<Child> =>
    await startChild({
      command: process.execPath,
      args: [
        '--conditions=source',
        path.join(repository, 'services/api/main.ts'),
        '--data-dir',
        dataDir,
        '--port',
        String(port),
        '--service-cidr',
        CLUSTER.serviceCidr,
        '--nats-url',
        stores.natsUrl,
        '--database-url',
        stores.databaseUrl,
        ...(soleWriter ? ['--sole-writer'] : []),
      ],
      logFile,
      env: childEnvironment({}),
      clock: systemClock,
    });
  const lastLines = async (): Promise<string> => (await readFile(logFile, 'utf8')).split('\n').slice(-20).join('\n');
  const untilReady = async (): Promise<void> => {
    const probe = client();
    try {
      const endMs = systemClock.monotonicMs() + START_MS;
      for (;;) {
        const status = await probe.request('GET', '/readyz').then(
          (answer) => answer.status,
          () => 0,
        );
        if (status === 200) return;
        if (systemClock.monotonicMs() > endMs) {
          throw new Error(`API server ${index} does not come up:\n${await lastLines()}`);
        }
        await systemClock.sleep(20);
      }
    } finally {
      probe.close();
    }
  };
  let child = await launch();
  scope.defer(async () => await child.stop('SIGKILL'));
  await untilReady();
  return {
    name: `api-${index}`,
    pid: () => child.process.pid,
    client,
    lastLines,
    async kill() {
      await child.stop('SIGKILL');
    },
    async restart() {
      // It may have ended by itself, as it does when the outcome of a write cannot be learned.
      await child.stop('SIGKILL');
      child = await launch();
      await untilReady();
    },
  };
}
