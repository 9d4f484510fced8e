import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as tlsConnect } from 'node:tls';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { RejectedRequest } from '@taffrail/machinery/rejection';
import { testPki, type TestPki } from '../testing/test-pki.ts';
import { answerBytes, answerRejection, answerValue } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { PLAIN_JSON } from './negotiation.ts';
import { createHttpServer, type HttpServer } from './server.ts';

const LARGE = Buffer.alloc(3 * 1024 * 1024, 'abcdefgh');

/** A small application: says who asks, echoes bodies within 1000 bytes, answers a large body, streams until told to stop. */
function handle(exchange: Exchange): void {
  if (exchange.path === '/large') {
    answerBytes(exchange, 200, PLAIN_JSON, [LARGE, LARGE]);
  } else if (exchange.path === '/stream') {
    const stream = exchange.stream(200, {});
    stream.write(Buffer.from('first\n'));
    streams.push(stream);
  } else if (exchange.method === 'POST') {
    exchange.body(1000).then(
      (body) => answerValue(exchange, 200, PLAIN_JSON, { bytes: body.length }),
      (thrown: unknown) => {
        if (thrown instanceof RejectedRequest) answerRejection(exchange, thrown.rejection);
      },
    );
  } else {
    answerValue(exchange, 200, PLAIN_JSON, { identity: exchange.identity, query: exchange.query });
  }
}
const streams: { end(): void; readonly closed: boolean }[] = [];

let pki: TestPki;
let server: HttpServer;
let port: number;

beforeAll(async () => {
  pki = await testPki();
  server = createHttpServer({ tls: pki.tls, clock: systemClock, logger: silentLogger, handle });
  port = (await server.listen(0, '127.0.0.1')).port;
});
afterAll(async () => {
  await server.stop(1000);
  await pki[Symbol.asyncDispose]();
});

async function session(client?: string): Promise<ClientHttp2Session> {
  const credentials = client === undefined ? {} : await pki.client(client);
  return connect(`https://127.0.0.1:${port}`, { ca: pki.tls.clientAuthority, ...credentials });
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function overHttp2(on: ClientHttp2Session, headers: Record<string, string>, body?: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const stream = on.request(headers);
    const chunks: Buffer[] = [];
    let received: IncomingHttpHeaders = {};
    stream.on('response', (answer) => (received = answer));
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () =>
      resolve({ status: Number(received[':status']), headers: received, body: Buffer.concat(chunks) }),
    );
    stream.on('error', reject);
    stream.end(body);
  });
}

async function overHttp1(
  path: string,
  options: { client?: string; method?: string; body?: Buffer } = {},
): Promise<Answer> {
  const credentials = options.client === undefined ? {} : await pki.client(options.client);
  return new Promise((resolve, reject) => {
    const asking = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method: options.method ?? 'GET',
        ca: pki.tls.clientAuthority,
        agent: false,
        ...credentials,
      },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) }),
        );
      },
    );
    asking.on('error', reject);
    asking.end(options.body);
  });
}

describe('identity', () => {
  test.each(['h2', 'http/1.1'])('%s: the client certificate names user and groups', async (protocol) => {
    const answer = protocol === 'h2' ? await h2Get('/x?a=b', 'admin') : await overHttp1('/x?a=b', { client: 'admin' });
    expect(JSON.parse(answer.body.toString())).toEqual({
      identity: {
        type: 'user',
        user: { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
      },
      query: 'a=b',
    });
  });

  test('no certificate is anonymous, and one of another authority is invalid', async () => {
    expect(JSON.parse((await h2Get('/x')).body.toString())).toMatchObject({ identity: { type: 'anonymous' } });
    await using other = await testPki();
    const stranger = connect(`https://127.0.0.1:${port}`, {
      ca: pki.tls.clientAuthority,
      ...(await other.client('admin')),
    });
    const answer = await overHttp2(stranger, { ':path': '/x' });
    stranger.close();
    expect(JSON.parse(answer.body.toString())).toMatchObject({ identity: { type: 'invalid' } });
  });

  test('a certificate made for serving proves no user', async () => {
    const pretender = connect(`https://127.0.0.1:${port}`, {
      ca: pki.tls.clientAuthority,
      cert: pki.tls.certificate,
      key: pki.tls.key,
    });
    const answer = await overHttp2(pretender, { ':path': '/x' });
    pretender.close();
    expect(JSON.parse(answer.body.toString())).toMatchObject({ identity: { type: 'invalid' } });
  });

  test('a resumed TLS session keeps its identity', async () => {
    const credentials = await pki.client('admin');
    const options = {
      host: '127.0.0.1',
      port,
      ca: pki.tls.clientAuthority,
      ALPNProtocols: ['http/1.1'],
      ...credentials,
    };
    const ask = (ticket?: Buffer): Promise<{ text: string; ticket: Buffer | undefined; reused: boolean }> =>
      new Promise((resolve, reject) => {
        let session: Buffer | undefined;
        const socket = tlsConnect({ ...options, ...(ticket === undefined ? {} : { session: ticket }) }, () => {
          socket.write('GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
        });
        let text = '';
        socket.on('session', (given) => (session = given));
        socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
        socket.on('end', () => resolve({ text, ticket: session, reused: socket.isSessionReused() }));
        socket.on('error', reject);
      });
    const first = await ask();
    const second = await ask(first.ticket);
    expect(second.reused).toBe(true);
    expect(second.text).toContain('kubernetes-admin');
  });
});

async function h2Get(path: string, client?: string, headers: Record<string, string> = {}): Promise<Answer> {
  const on = await session(client);
  const answer = await overHttp2(on, { ':path': path, ...headers });
  on.close();
  return answer;
}

describe('bodies', () => {
  test('a body within the bound is read, one beyond it is 413 over both protocols', async () => {
    const on = await session();
    expect((await overHttp2(on, { ':path': '/', ':method': 'POST' }, Buffer.alloc(1000))).status).toBe(200);
    const tooLarge = await overHttp2(on, { ':path': '/', ':method': 'POST' }, Buffer.alloc(100_000));
    expect(tooLarge.status).toBe(413);
    expect(JSON.parse(tooLarge.body.toString())).toMatchObject({
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 1000',
    });
    on.close();
    expect((await overHttp1('/', { method: 'POST', body: Buffer.alloc(1001) })).status).toBe(413);
  });

  test('a refused body does not stall the other requests of its connection', async () => {
    const on = await session();
    const huge = Buffer.alloc(2 * 1024 * 1024);
    const refused = await Promise.all([1, 2, 3].map(() => overHttp2(on, { ':path': '/', ':method': 'POST' }, huge)));
    expect(refused.map((answer) => answer.status)).toEqual([413, 413, 413]);
    expect((await overHttp2(on, { ':path': '/x' })).status).toBe(200);
    on.close();
  });

  test('a large answer arrives whole, compressed when asked for', async () => {
    const plain = await h2Get('/large');
    expect(plain.headers['content-length']).toBe(String(2 * LARGE.length));
    expect(plain.body.equals(Buffer.concat([LARGE, LARGE]))).toBe(true);
    const packed = await h2Get('/large', undefined, { 'accept-encoding': 'gzip' });
    expect(packed.headers['content-encoding']).toBe('gzip');
    expect(packed.body.length).toBeLessThan(LARGE.length / 10);
    expect(gunzipSync(packed.body).equals(Buffer.concat([LARGE, LARGE]))).toBe(true);
    expect((await overHttp1('/large')).body.length).toBe(2 * LARGE.length);
  });
});

test('a stop lets streams end in order and closes what does not', async () => {
  const own = createHttpServer({ tls: pki.tls, clock: systemClock, logger: silentLogger, handle });
  const address = await own.listen(0, '127.0.0.1');
  const on = connect(`https://127.0.0.1:${address.port}`, { ca: pki.tls.clientAuthority });
  const answer = overHttp2(on, { ':path': '/stream' });
  await expect.poll(() => streams.length).toBe(1);
  const stopped = own.stop(200);
  streams[0]?.end();
  expect((await answer).body.toString()).toBe('first\n');
  await stopped;
  on.close();
});

test('a taken port is one clear sentence', async () => {
  const other = createHttpServer({ tls: pki.tls, clock: systemClock, logger: silentLogger, handle });
  await expect(other.listen(port, '127.0.0.1')).rejects.toMatchObject({
    code: 'address-in-use',
    message: `127.0.0.1:${port} is taken by another program`,
  });
});
