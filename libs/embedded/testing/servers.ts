import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { assert } from '@taffrail/platform/assert';
import { systemClock } from '@taffrail/platform/clock';
import { environmentVariable } from '@taffrail/platform/environment';
import { systemRandom } from '@taffrail/platform/random';
import { databaseAddress, natsAddress } from '@taffrail/platform/server-address';
import postgres from 'postgres';
import { findNatsBinary } from '../nats-binary.ts';
import { startNats } from '../nats-server.ts';
import { startPostgres } from '../postgres-server.ts';
import type { EmbeddedServer } from '../server.ts';

const POSTGRES_IMAGE = 'postgres:18-alpine';
const NATS_IMAGE = 'nats:2.14';

/** How the servers of a test run came about, in the order they are looked for. */
export type TestServerOrigin = 'environment' | 'container' | 'embedded';

/** The servers one test run shares. Plain values: they cross to the test workers. */
export interface TestServers {
  readonly postgresUrl: string;
  readonly postgres: { readonly origin: TestServerOrigin; readonly description: string };
  /** Only a server from outside is shared: else every test starts a NATS of its own. */
  readonly natsUrl?: string;
  readonly nats: { readonly origin: TestServerOrigin; readonly description: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly taffrailServers: TestServers;
  }
}

/** Servers and their end. */
export interface StartedTestServers {
  readonly servers: TestServers;
  stop(): Promise<void>;
}

/**
 * Starts (or finds) what integration tests need: TEST_DATABASE_URL and TEST_NATS_URL, else containers when a Docker
 * daemon answers and EMBEDDED is not 1, else the same embedded servers the product starts.
 */
export async function startTestServers(): Promise<StartedTestServers> {
  const stops: (() => Promise<void>)[] = [];
  const containers = await containerStarter();
  const database = await sharedPostgres(containers, stops);
  const nats = natsOrigin(containers);
  return {
    servers: {
      postgresUrl: database.url,
      postgres: { origin: database.origin, description: database.description },
      ...(nats.url === undefined ? {} : { natsUrl: nats.url }),
      nats: { origin: nats.origin, description: nats.description },
    },
    async stop() {
      for (const stop of stops.reverse()) await stop();
    },
  };
}

/** A database of one test's own. */
export interface TestDatabase extends AsyncDisposable {
  /** As the product takes it with `--database-url`. */
  readonly url: string;
}

/** A fresh, empty database on the run's server: `await using database = await testDatabase()`. */
export async function testDatabase(): Promise<TestDatabase> {
  const { postgresUrl } = await servers();
  const name = `test_${Buffer.from(systemRandom.bytes(8)).toString('hex')}`;
  await administer(postgresUrl, `CREATE DATABASE ${name}`);
  return {
    url: withDatabase(postgresUrl, name),
    [Symbol.asyncDispose]: () => administer(postgresUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

/** A NATS without streams. */
export interface TestNats extends AsyncDisposable {
  readonly url: string;
  /** The process, when the server is this test's own: only then may the test kill it. */
  readonly server?: EmbeddedServer;
}

/**
 * A NATS server without any stream: `await using nats = await testNats()`. With embedded servers it is the test's own;
 * with a server from outside its streams are deleted first, and test files then run one after the other.
 */
export async function testNats(options: { readonly port?: number } = {}): Promise<TestNats> {
  const { natsUrl, nats } = await servers();
  if (natsUrl !== undefined) {
    await deleteStreams(natsUrl);
    return { url: natsUrl, [Symbol.asyncDispose]: () => deleteStreams(natsUrl) };
  }
  if (nats.origin === 'container') {
    const container = await (await containerStarter())?.(NATS_IMAGE, 4222, { command: ['-js'], environment: {} });
    assert(container !== undefined, 'the Docker daemon that answered the run answers its tests');
    return { url: `nats://${container.address}`, [Symbol.asyncDispose]: () => container.stop() };
  }
  const storeDir = await mkdtemp(join(tmpdir(), 'taffrail-test-nats-'));
  const server = await startNats({
    storeDir,
    clock: systemClock,
    random: systemRandom,
    signal: AbortSignal.timeout(30_000),
    ...options,
  });
  return {
    url: server.url,
    server,
    async [Symbol.asyncDispose]() {
      await server.stop();
      await rm(storeDir, { recursive: true, force: true });
    },
  };
}

async function servers(): Promise<TestServers> {
  const { inject } = await import('vitest');
  return inject('taffrailServers');
}

interface Found {
  readonly origin: TestServerOrigin;
  readonly description: string;
}

/** Starts one container and tells the address of its port; `undefined` when no Docker daemon answers. */
type ContainerStarter = (
  image: string,
  port: number,
  options: { readonly command: string[]; readonly environment: Record<string, string> },
) => Promise<{ readonly address: string; stop(): Promise<void> }>;

async function containerStarter(): Promise<ContainerStarter | undefined> {
  if (environmentVariable('EMBEDDED') === '1') return undefined;
  if (environmentVariable('TEST_DATABASE_URL') !== undefined && environmentVariable('TEST_NATS_URL') !== undefined) {
    return undefined;
  }
  const { GenericContainer, Wait, getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
  } catch {
    return undefined; // no Docker daemon answers: a `docker` on PATH says nothing
  }
  return async (image, port, { command, environment }) => {
    const container = await new GenericContainer(image)
      .withExposedPorts(port)
      .withCommand(command)
      .withEnvironment(environment)
      .withWaitStrategy(Wait.forListeningPorts())
      .start();
    return {
      address: `${container.getHost()}:${container.getMappedPort(port)}`,
      stop: async () => {
        await container.stop();
      },
    };
  };
}

async function sharedPostgres(
  containers: ContainerStarter | undefined,
  stops: (() => Promise<void>)[],
): Promise<Found & { readonly url: string }> {
  const url = environmentVariable('TEST_DATABASE_URL');
  if (url !== undefined) return { origin: 'environment', url, description: 'Postgres of TEST_DATABASE_URL' };
  if (containers !== undefined) {
    const password = Buffer.from(systemRandom.bytes(16)).toString('hex');
    const container = await containers(POSTGRES_IMAGE, 5432, {
      command: ['postgres', '-c', 'max_connections=200'],
      environment: { POSTGRES_PASSWORD: password },
    });
    stops.push(() => container.stop());
    const address = `postgres://postgres:${password}@${container.address}/postgres`;
    await untilConnecting(address);
    return { origin: 'container', url: address, description: POSTGRES_IMAGE };
  }
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-test-postgres-'));
  const server = await startPostgres({
    directory,
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
    connectionsCount: 200,
  });
  stops.push(async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  });
  return { origin: 'embedded', url: server.url, description: server.description };
}

function natsOrigin(containers: ContainerStarter | undefined): Found & { readonly url?: string } {
  const url = environmentVariable('TEST_NATS_URL');
  if (url !== undefined) return { origin: 'environment', url, description: 'NATS of TEST_NATS_URL' };
  return containers === undefined
    ? { origin: 'embedded', description: `nats-server ${findNatsBinary().version}, one a test` }
    : { origin: 'container', description: `${NATS_IMAGE}, one a test` };
}

/** The image restarts its server once during the first start, so an open port does not mean it is ready. */
async function untilConnecting(url: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await administer(url, 'SELECT 1');
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await systemClock.sleep(100);
    }
  }
}

async function administer(url: string, statement: string): Promise<void> {
  const { url: base, ...options } = databaseAddress(url);
  const sql = postgres(base, { ...options, max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

function withDatabase(url: string, name: string): string {
  return url.replace(/^(postgres(?:ql)?:\/\/[^/?]*\/)[^?]*/, `$1${name}`);
}

async function deleteStreams(url: string): Promise<void> {
  const { servers, token } = natsAddress(url);
  const connection = await connect({ servers: [...servers], ...(token === undefined ? {} : { token }) });
  try {
    const manager = await jetstreamManager(connection);
    for await (const name of manager.streams.names()) await manager.streams.delete(name);
  } finally {
    await connection.close();
  }
}
