import { once } from 'node:events';
import { constants, createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { contentOf, FLAG, frame, frameReader, requestFrame, saysOk } from './http2-frames.ts';
import { watchConnection, type WatchConnection } from './watch-connection.ts';

interface Served {
  readonly connection: WatchConnection;
  readonly sessions: readonly ServerHttp2Session[];
  [Symbol.dispose](): void;
}

async function served(answer: (stream: ServerHttp2Stream, path: string) => void): Promise<Served> {
  const sessions: ServerHttp2Session[] = [];
  const server = createServer();
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    answer(stream, `${headers[':path']} ${headers['authorization'] ?? ''}`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const access = { context: 'c', user: 'u', namespace: '', server: `http://127.0.0.1:${port}` };
  const connection = watchConnection({ ...access, skipsTlsVerification: false });
  return {
    connection,
    sessions,
    [Symbol.dispose]() {
      connection.close();
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}

const asked = (path: string, onEvent: () => void = () => undefined) => ({ path, headers: {}, onEvent });

test('each line of each stream is one event, however the server cuts and mixes them', async () => {
  const streams: ServerHttp2Stream[] = [];
  using server = await served((stream) => {
    stream.respond({ ':status': 200 });
    streams.push(stream);
  });
  const counts = [0, 0];
  await Promise.all(counts.map((_, at) => server.connection.watch(asked(`/${at}`, () => counts[at]!++))));
  for (const piece of ['{"a"', ':1}\n{"b":2}\n', '{', '}', '\n']) {
    for (const stream of streams) stream.write(piece);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await expect.poll(() => counts).toEqual([3, 3]);
});

test('a server that counts windows may go on sending for ever, answers to its pings included', async () => {
  const LINES_COUNT = 12;
  const line = Buffer.alloc(limits.benchStreamWindowBytes / 4, 'x');
  line[line.length - 1] = 10;
  using server = await served((stream) => {
    stream.respond({ ':status': 200 });
    for (let at = 0; at < LINES_COUNT; at++) stream.write(line);
  });
  let events = 0;
  await server.connection.watch(asked('/', () => events++));
  await expect.poll(() => events, { timeout: 10_000 }).toBe(LINES_COUNT);
  const pinged = new Promise((resolve, reject) => {
    server.sessions[0]?.ping((error) => (error === null ? resolve(true) : reject(error)));
  });
  expect(await pinged).toBe(true);
});

test('what was asked arrives whole, and closing a watch resets its stream alone', async () => {
  const closed: number[] = [];
  const paths: string[] = [];
  using server = await served((stream, path) => {
    paths.push(path);
    stream.respond({ ':status': 200 });
    stream.once('close', () => closed.push(stream.rstCode));
  });
  const path = `/${'long'.repeat(100)}`;
  const watch = await server.connection.watch({ ...asked(path), headers: { authorization: 'Bearer t' } });
  let events = 0;
  await server.connection.watch(asked('/other', () => events++));
  expect(paths).toEqual([`${path} Bearer t`, '/other ']);
  watch.close();
  watch.close();
  await expect.poll(() => closed).toEqual([constants.NGHTTP2_CANCEL]);
  expect(server.connection.closed).toBe(false);
});

test('a refusal is told in the words of the server', async () => {
  using server = await served((stream) => {
    stream.respond({ ':status': 410 });
    stream.end('too old resource version');
  });
  await expect(server.connection.watch(asked('/old'))).rejects.toMatchObject({
    code: 'protocol',
    message: 'the watch of /old was refused: too old resource version',
  });
});

test('a connection that ends tells everyone who waits, and takes nobody any more', async () => {
  using server = await served((stream) => stream.session?.destroy());
  await expect(server.connection.watch(asked('/'))).rejects.toMatchObject({ code: 'unavailable' });
  expect(server.connection.closed).toBe(true);
  await expect(server.connection.watch(asked('/'))).rejects.toMatchObject({ code: 'unavailable' });
});

test('frames are read the same in whatever pieces they come', () => {
  const bytes = Buffer.concat([
    frame(0, FLAG.padded, 7, Buffer.from([2, 65, 66, 0, 0])),
    frame(6, 0, 0, Buffer.alloc(0)),
    requestFrame(9, { name: 'v'.repeat(400) }),
  ]);
  const inPieces = (size: number): readonly string[] => {
    const seen: string[] = [];
    const read = frameReader((type, flags, stream, payload) => {
      seen.push(`${type} ${flags} ${stream} ${contentOf(flags, payload).toString('latin1')}`);
    });
    for (let at = 0; at < bytes.length; at += size) read(bytes.subarray(at, at + size));
    return seen;
  };
  expect(inPieces(bytes.length).slice(0, 2)).toEqual([`0 ${FLAG.padded} 7 AB`, '6 0 0 ']);
  for (const size of [1, 2, 9, 10, 100]) expect(inPieces(size)).toEqual(inPieces(bytes.length));
});

test.each([
  ['200', [0x88], true],
  ['200 after the table was made empty', [0x20, 0x88], true],
  ['200 after the table was made large', [0x3f, 0xe1, 0x1f, 0x88], true],
  ['404', [0x8d], false],
  ['410, spelt out', [0x48, 0x03, 0x34, 0x31, 0x30], false],
  ['nothing', [], false],
])('a block of headers that says %s', (_, block, ok) => {
  expect(saysOk(Buffer.from(block))).toBe(ok);
});
