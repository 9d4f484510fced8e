import { readFile } from 'node:fs/promises';
import { testDatabase, testNats } from '@taffrail/embedded/testing/servers';
import { clusterKeyFile } from '@taffrail/log/cluster-key';
import { systemClock, type Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { runApi, type RunApiFlags } from '../run-api.ts';
import { kubeClient, type KubeClient } from './kube-client.ts';
import { testPki, type TestPki } from './test-pki.ts';

/** NATS and Postgres of a test's own, over which it starts API servers as their processes would. */
export interface ApiSurroundings extends AsyncDisposable {
  readonly natsUrl: string;
  /** Starts a server and waits until it is ready. */
  start(changes?: Partial<RunApiFlags>): Promise<RunningApi>;
}

export interface RunningApi {
  readonly url: string;
  /** An administrator's, in PEM. */
  readonly credentials: { readonly ca: Buffer; readonly cert: Buffer; readonly key: Buffer };
  /** As that administrator. */
  readonly client: KubeClient;
  stop(): Promise<void>;
}

export async function runningApi(): Promise<ApiSurroundings> {
  const [nats, database, pki] = await Promise.all([testNats(), testDatabase(), testPki()]);
  const servers = apiServers({ natsUrl: nats.url, databaseUrl: database.url, pki, clock: systemClock });
  return {
    natsUrl: nats.url,
    start: servers.start,
    async [Symbol.asyncDispose]() {
      await servers[Symbol.asyncDispose]();
      await Promise.all([nats[Symbol.asyncDispose](), database[Symbol.asyncDispose](), pki[Symbol.asyncDispose]()]);
    },
  };
}

/** API servers over a NATS and a Postgres that are there; they end with this, the others stay. */
export function apiServers({
  natsUrl,
  databaseUrl,
  pki,
  clock,
}: {
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly pki: TestPki;
  readonly clock: Clock;
}): Pick<ApiSurroundings, 'start' | typeof Symbol.asyncDispose> {
  const running = new Set<RunningApi>();
  return {
    async start(changes = {}) {
      const port = changes.port ?? 20_000 + Math.floor(Math.random() * 12_000);
      const stopping = new AbortController();
      const flags: RunApiFlags = {
        dataDir: pki.directory,
        port,
        bindAddress: '127.0.0.1',
        natsUrl,
        databaseUrl,
        serviceCidr: '10.96.0.0/16',
        eventTtlMs: limits.eventWindowMs,
        encrypt: [],
        clusterKeyFile: clusterKeyFile(pki.directory),
        soleWriter: false,
        ...changes,
      };
      const surroundings = { clock, random: systemRandom, logger: silentLogger, signal: stopping.signal };
      const ended = runApi(flags, surroundings);
      const failed = ended.then(() => Promise.reject(new Error('the server ended')));
      failed.catch(() => undefined);
      const credentials = { ca: await readFile(pki.files.caCertificateFile), ...(await pki.client('admin')) };
      const url = `https://127.0.0.1:${port}`;
      const client = await Promise.race([ready(url, credentials), failed]);
      const server: RunningApi = {
        url,
        credentials,
        client,
        async stop() {
          running.delete(server);
          client.close();
          stopping.abort();
          await ended;
        },
      };
      running.add(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...running].map((server) => server.stop()));
    },
  };
}

async function ready(url: string, credentials: Parameters<typeof kubeClient>[1]): Promise<KubeClient> {
  for (;;) {
    const client = kubeClient(url, credentials);
    const answer = await client.request('GET', '/readyz').catch(() => undefined);
    if (answer?.status === 200) return client;
    client.close();
    await systemClock.sleep(50);
  }
}
