import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { systemRandom } from '@taffrail/platform/random';
import { natsAddress } from '@taffrail/platform/server-address';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startNats, type NatsOptions } from './nats-server.ts';
import { runningProcess } from './running-process.ts';
import type { EmbeddedServer } from './server.ts';

const environment = { clock: systemClock, random: systemRandom };

let storeDir: string;
const started: EmbeddedServer[] = [];

beforeEach(() => {
  storeDir = mkdtempSync(join(tmpdir(), 'nats-server-'));
});

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
  rmSync(storeDir, { recursive: true, force: true });
});

async function start(options: Partial<NatsOptions> = {}): Promise<EmbeddedServer> {
  const server = await startNats({ storeDir, ...environment, signal: AbortSignal.timeout(30_000), ...options });
  started.push(server);
  return server;
}

async function dial(url: string): Promise<NatsConnection> {
  const { servers, token } = natsAddress(url);
  return connect({ servers: [...servers], ...(token === undefined ? {} : { token }), reconnect: false });
}

describe('startNats', () => {
  it('answers when it resolves, with JetStream and 8 MB payloads', async () => {
    const server = await start();
    const connection = await dial(server.url);
    expect(connection.info?.max_payload).toBe(8 * 1024 * 1024);
    expect(connection.info?.jetstream).toBe(true);
    await connection.close();
  });

  it('refuses clients without the token, which only we can read', async () => {
    const server = await start();
    const { servers } = natsAddress(server.url);
    await expect(connect({ servers: [...servers], reconnect: false })).rejects.toThrow(/authorization/i);
    expect(statSync(join(storeDir, 'token')).mode & 0o777).toBe(0o600);
  });

  it.runIf(process.platform === 'linux')('is told how far its heap may grow', async () => {
    const { pid } = await start();
    const told = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(told).toContain(`GOGC=${limits.natsHeapGrowthPercent}`);
    expect(told).toContain(`GOMEMLIMIT=${limits.natsHeapBytes}`);
  });

  it('keeps acknowledged messages through kill -9 and a second start on the same port', async () => {
    const first = await start();
    const connection = await dial(first.url);
    await (await jetstreamManager(connection)).streams.add({ name: 'T', subjects: ['t'] });
    const { seq } = await jetstream(connection).publish('t', 'kept');
    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await connection.close();

    const second = await start({ port: Number(new URL(first.url).port) });
    expect(second.url).toBe(first.url);
    const again = await dial(second.url);
    const stream = await (await jetstreamManager(again)).streams.info('T');
    expect(stream.state.last_seq).toBe(seq);
    await again.close();
  });

  it('stops a server an earlier supervisor left behind, then takes its place', async () => {
    const orphan = await start();
    const port = Number(new URL(orphan.url).port);
    const successor = await start({ port });
    expect(successor.pid).not.toBe(orphan.pid);
    expect(runningProcess(orphan.pid)).toBeUndefined();
  });

  it('says which port is taken', async () => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => resolve((blocker.address() as { port: number }).port));
    });
    await expect(start({ port })).rejects.toMatchObject({ code: 'address-in-use', message: /port \d+ is taken/ });
    blocker.close();
  });

  it('refuses a named binary that is too old or none', async () => {
    await expect(start({ binary: '/bin/true' })).rejects.toMatchObject({ code: 'missing-dependency' });
    await expect(start({ binary: '/nowhere/nats-server' })).rejects.toMatchObject({ code: 'missing-dependency' });
  });

  it('leaves no process behind after stop', async () => {
    const server = await start();
    await server.stop();
    expect(runningProcess(server.pid)).toBeUndefined();
    await expect(server.exited).resolves.toMatchObject({ signal: null });
  });
});
