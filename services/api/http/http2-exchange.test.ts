import { once } from 'node:events';
import { connect, createServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { Http2Exchange } from './http2-exchange.ts';

const BODY = Buffer.alloc(300_000, 'b');

interface Answered {
  readonly text: string;
  /** Whether the server's side was given up, and whether it had sent everything. */
  readonly over: { readonly destroyed: boolean; readonly finished: boolean };
}

/** Sends one request over plain HTTP/2 and waits until both sides of it are over. */
async function ask(
  method: string,
  body: Buffer | undefined,
  handle: (exchange: Http2Exchange) => void,
): Promise<Answered> {
  const server = createServer();
  const streamed = Promise.withResolvers<ServerHttp2Stream>();
  server.on('stream', (stream, headers) => {
    streamed.resolve(stream);
    handle(new Http2Exchange(stream, headers));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  try {
    const request = session.request({ ':method': method, ':path': '/' }, { endStream: body === undefined });
    if (body !== undefined) request.end(body);
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const stream = await streamed.promise;
    await Promise.all([once(request, 'close'), stream.closed && stream.destroyed ? undefined : once(stream, 'close')]);
    return { text, over: { destroyed: stream.destroyed, finished: stream.writableFinished } };
  } finally {
    session.close();
    server.close();
  }
}

const OVER = { destroyed: true, finished: true };
const answer = (exchange: Http2Exchange): void => exchange.respond(200, {}, [Buffer.from('answer')]);

test('a request without a body is over with its answer, though nobody reads from it', async () => {
  expect(await ask('GET', undefined, answer)).toEqual({ text: 'answer', over: OVER });
});

test('a body that nobody reads is let go with the answer', async () => {
  expect(await ask('POST', BODY, answer)).toEqual({ text: 'answer', over: OVER });
});

test('a body that is read first is answered after it', async () => {
  const { text, over } = await ask('POST', BODY, (exchange) => {
    void exchange
      .body(BODY.byteLength)
      .then((body) => exchange.respond(200, {}, [Buffer.from(String(body.byteLength))]));
  });
  expect([text, over.destroyed]).toEqual(['300000', true]);
});

test('a large answer to a request without a body is over with its last byte', async () => {
  const { text, over } = await ask('GET', undefined, (exchange) => exchange.respond(200, {}, [BODY, BODY]));
  expect([text.length, over]).toEqual([2 * BODY.byteLength, OVER]);
});
