import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { FakeExchange } from '../testing/fake-exchange.ts';
import { forward } from './forward.ts';
import { parseProxyName, parseProxyPath } from './proxy-name.ts';

describe('names of proxied objects', () => {
  test.each([
    ['web', { scheme: 'http', name: 'web', port: '' }],
    ['web:80', { scheme: 'http', name: 'web', port: '80' }],
    ['https:web:', { scheme: 'https', name: 'web', port: '' }],
    [':web:metrics', { scheme: 'http', name: 'web', port: 'metrics' }],
  ])('%s', (text, expected) => {
    expect(parseProxyName(text)).toMatchObject(expected);
  });

  test.each(['', ':80', 'ftp:web:80', 'a:b:c:d'])('%j is none', (text) => {
    expect(parseProxyName(text)).toBeUndefined();
  });

  test('the path of the target begins behind the proxy, however its own parts are named', () => {
    expect(parseProxyPath('/api/v1/nodes/n/proxy')).toEqual({ prefix: '/api/v1/nodes/n/proxy', rest: '' });
    expect(parseProxyPath('/api/v1/namespaces/nodes/pods/proxy/proxy/a%2Fb/proxy/')).toEqual({
      prefix: '/api/v1/namespaces/nodes/pods/proxy/proxy',
      rest: '/a%2Fb/proxy/',
    });
    expect(parseProxyPath('/api/v1/nodes/n/status')).toBeUndefined();
  });
});

describe('a proxied request', () => {
  let target: Server | undefined;
  afterEach(() => {
    target?.closeAllConnections();
    target?.close();
    target = undefined;
  });

  async function listening(server: Server): Promise<number> {
    target = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  const at = (port: number, path = '/') =>
    ({ scheme: 'http', host: '127.0.0.1', port, path, prefix: '/api/v1/nodes/n/proxy' }) as const;

  test('reaches the target with its body and without what is between client and server', async () => {
    const port = await listening(
      createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          response.setHeader('x-seen', 'yes');
          response.statusCode = 202;
          response.end(
            JSON.stringify({ url: request.url, headers: request.headers, body: String(Buffer.concat(chunks)) }),
          );
        });
      }),
    );
    const exchange = new FakeExchange({
      method: 'POST',
      url: '/api/v1/nodes/n/proxy/a?b=c',
      body: 'hello',
      headers: { authorization: 'Bearer t', connection: 'close', 'x-own': '1', host: 'api' },
    });
    expect(await forward(at(port, '/a?b=c'), exchange)).toBeUndefined();
    await exchange.settled;
    expect(exchange.status).toBe(202);
    expect(exchange.headers['x-seen']).toBe('yes');
    const seen = exchange.json as { readonly url: string; readonly body: string; readonly headers: object };
    expect([seen.url, seen.body]).toEqual(['/a?b=c', 'hello']);
    expect(seen.headers).toMatchObject({ 'x-own': '1', 'x-forwarded-host': 'api', 'x-forwarded-for': '127.0.0.1' });
    expect(seen.headers).not.toHaveProperty('authorization');
  });

  test('is redirected through the proxy again', async () => {
    const port = await listening(
      createServer((_request, response) => response.writeHead(302, { location: '/login' }).end()),
    );
    const exchange = new FakeExchange({ url: '/' });
    await forward(at(port), exchange);
    await exchange.settled;
    expect(exchange.headers['location']).toBe('/api/v1/nodes/n/proxy/login');
  });

  test('is a 503 that says why when nobody listens', async () => {
    const port = await listening(createServer());
    target?.close();
    const exchange = new FakeExchange({ url: '/' });
    const refused = await forward(at(port), exchange);
    expect(refused).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(refused?.message).toContain('error trying to reach service: ');
    expect(exchange.status).toBe(0);
  });

  test('breaks off when its target does', async () => {
    const port = await listening(
      createServer((_request, response) => {
        response.writeHead(200, { 'content-length': '10' });
        response.write('half');
        setTimeout(() => response.destroy(), 20);
      }),
    );
    const exchange = new FakeExchange({ url: '/' });
    await forward(at(port), exchange);
    expect(exchange.streamed?.outcome).toBe('destroyed');
  });
});
