import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sequence } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import type { CommitLog } from './commit-log.ts';
import { connectNats, type NatsLink } from './connect.ts';
import { openJetStreamLog } from './jetstream-log.ts';
import { startNatsForTest, type NatsForTest } from './testing/nats.ts';

/** A proxy that can hold back what the client sends, or what the server answers, and let it through later. */
interface Proxy {
  readonly server: Server;
  hold(direction: 'requests' | 'answers'): void;
  release(): void;
  /** Cuts every connection; what was held back for the server is delivered to it all the same. */
  cut(): void;
}

function startProxy(port: number): Proxy {
  const pairs = new Set<{ client: Socket; upstream: Socket }>();
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    const pair = { client, upstream };
    pairs.add(pair);
    client.pipe(upstream);
    upstream.pipe(client);
    for (const socket of [client, upstream]) socket.on('error', () => socket.destroy());
  });
  return {
    server,
    hold(direction) {
      for (const { client, upstream } of pairs) {
        if (direction === 'requests') {
          client.unpipe(upstream);
          client.pause();
        } else {
          upstream.unpipe(client);
          upstream.pause();
        }
      }
    },
    release() {
      for (const { client, upstream } of pairs) {
        client.pipe(upstream);
        upstream.pipe(client);
      }
    },
    cut() {
      for (const { client } of pairs) client.destroy();
      pairs.clear();
    },
  };
}

let nats: NatsForTest;
let proxy: Proxy;
let behind: NatsLink;
let log: CommitLog;
let direct: CommitLog;
beforeEach(async () => {
  nats = await startNatsForTest();
  direct = await openJetStreamLog(await nats.link(), { name: 'LOG', trimmable: false });
  proxy = startProxy(Number(new URL(nats.url).port));
  proxy.server.listen(0, '127.0.0.1');
  await once(proxy.server, 'listening');
  const address = proxy.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = nats.url.replace(/:\d+/, `:${port}`);
  behind = await connectNats({ url, name: 'behind', clock: systemClock, logger: silentLogger });
  log = await openJetStreamLog(behind, { name: 'LOG', trimmable: false });
});
afterEach(async () => {
  await behind.close();
  proxy.cut();
  proxy.server.close();
  await nats.stop();
});

async function payloads(): Promise<readonly string[]> {
  const seen: string[] = [];
  const { sequence: until } = await direct.head();
  const signal = AbortSignal.timeout(5_000);
  for await (const stored of direct.read({ from: sequence(1), until, signal }))
    seen.push(Buffer.from(stored.payload).toString());
  return seen;
}

const delay = async (ms: number): Promise<void> => await systemClock.sleep(ms);

test('a publish that is held back and lands late is stored once and answered as stored', async () => {
  proxy.hold('requests');
  const appending = log.append(Buffer.from('late'), sequence(0));
  await delay(2_500);
  expect(await direct.head()).toEqual({ sequence: 0 });
  proxy.release();
  expect(await appending).toEqual({ outcome: 'appended', sequence: 1 });
  await delay(300);
  expect(await payloads()).toEqual(['late']);
});

test('a publish that is held back while someone else writes loses the fence and never lands', async () => {
  proxy.hold('requests');
  const appending = log.append(Buffer.from('late'), sequence(0));
  await delay(2_500);
  expect(await direct.append(Buffer.from('other'), sequence(0))).toMatchObject({ outcome: 'appended' });
  proxy.release();
  expect(await appending).toEqual({ outcome: 'lost-fence', head: 1 });
  await delay(300);
  expect(await payloads()).toEqual(['other']);
});

test('a publish whose acknowledgement is lost with the connection is found to be stored', async () => {
  proxy.hold('answers');
  const appending = log.append(Buffer.from('unanswered'), sequence(0));
  while ((await direct.head()).sequence === 0) await delay(10);
  expect(await direct.append(Buffer.from('next'), sequence(1))).toMatchObject({ outcome: 'appended' });
  proxy.cut();
  expect(await appending).toEqual({ outcome: 'appended', sequence: 1 });
  expect(await payloads()).toEqual(['unanswered', 'next']);
});

test('writing while the server cannot be reached says unavailable, and stores nothing', async () => {
  proxy.cut();
  proxy.server.close();
  await delay(50);
  await expect(log.append(Buffer.from('x'), sequence(0))).rejects.toMatchObject({ code: 'unavailable' });
  expect(await payloads()).toEqual([]);
});
