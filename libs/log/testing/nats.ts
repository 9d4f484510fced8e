import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNats } from '@taffrail/embedded/nats-server';
import type { EmbeddedServer } from '@taffrail/embedded/server';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { connectNats, type NatsLink } from '../connect.ts';

/** A real nats-server of a test's own, which it may kill and start again on the same port and directory. */
export interface NatsForTest {
  readonly url: string;
  readonly storeDir: string;
  /** A new connection; closed by `stop`. */
  link(): Promise<NatsLink>;
  /** SIGKILL, as a crash would be. */
  kill(): Promise<void>;
  /** Ends it in order, as a stop of the cluster does. */
  shutDown(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server in a directory of its own. */
export async function startNatsForTest(): Promise<NatsForTest> {
  const storeDir = await mkdtemp(join(tmpdir(), 'taffrail-nats-'));
  const links: NatsLink[] = [];
  const launch = async (port?: number): Promise<EmbeddedServer> =>
    await startNats({
      storeDir,
      clock: systemClock,
      random: systemRandom,
      signal: AbortSignal.timeout(30_000),
      ...(port === undefined ? {} : { port }),
    });
  let server = await launch();
  const { url } = server;
  const port = Number(new URL(url).port);
  return {
    url,
    storeDir,
    async link() {
      const link = await connectNats({ url, name: 'test', clock: systemClock, logger: silentLogger });
      links.push(link);
      return link;
    },
    async kill() {
      process.kill(server.pid, 'SIGKILL');
      await server.exited;
    },
    async shutDown() {
      await server.stop();
    },
    async start() {
      server = await launch(port);
    },
    async stop() {
      await Promise.all(links.map((link) => link.close()));
      await server.stop();
      await rm(storeDir, { recursive: true, force: true });
    },
  };
}
