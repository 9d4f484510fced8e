import { once } from 'node:events';
import { createServer, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ApiClient, type ResourceName, type WatchEvent } from './api-client.ts';
import { httpApiClient } from './http-api-client.ts';

const PODS: ResourceName = { group: '', version: 'v1', resource: 'pods' };
const DEPLOYMENTS: ResourceName = { group: 'apps', version: 'v1', resource: 'deployments' };

interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}
type Answer = (stream: ServerHttp2Stream, seen: Seen, count: number) => void;

interface Serving extends AsyncDisposable {
  readonly client: ApiClient;
  readonly seen: readonly Seen[];
  readonly sessions: readonly ServerHttp2Session[];
}

/** An HTTP/2 server on loopback that answers as told, and a client of it. */
async function serving(answer: Answer, prefix = ''): Promise<Serving> {
  const seen: Seen[] = [];
  const sessions: ServerHttp2Session[] = [];
  const server = createServer();
  server.on('session', (session) => sessions.push(session));
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    let body = '';
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => {
      const request = { method: String(headers[':method']), path: String(headers[':path']), headers, body };
      seen.push(request);
      answer(stream, request, seen.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const endpoint = { server: `http://127.0.0.1:${port}${prefix}` };
  const client = httpApiClient({ endpoint, clock: systemClock, userAgent: 'test/1' });
  return {
    client,
    seen,
    sessions,
    async [Symbol.asyncDispose]() {
      client.close();
      for (const session of sessions) session.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function json(stream: ServerHttp2Stream, value: unknown, status = 200, headers = {}): void {
  stream.respond({ ':status': status, 'content-type': 'application/json', ...headers });
  stream.end(JSON.stringify(value));
}

function failure(code: number, reason: string, message: string): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message };
}

test('paths name group, version, namespace, object and subresource, behind the prefix of the server', async () => {
  await using at = await serving((stream) => json(stream, { metadata: {} }), '/at/2048');
  await at.client.get(PODS, 'ns', 'a');
  await at.client.get(DEPLOYMENTS, '', 'b');
  await at.client.create(PODS, 'ns', {}, undefined, { name: 'binding', of: 'a' });
  await at.client.update(DEPLOYMENTS, 'ns', 'b', {}, undefined, 'status');
  expect(at.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /at/2048/api/v1/namespaces/ns/pods/a',
    'GET /at/2048/apis/apps/v1/deployments/b',
    'POST /at/2048/api/v1/namespaces/ns/pods/a/binding',
    'PUT /at/2048/apis/apps/v1/namespaces/ns/deployments/b/status',
  ]);
});

test('a write carries its cause, its user agent and the type of its patch', async () => {
  await using at = await serving((stream) => json(stream, { metadata: {} }));
  const cause = { revision: revision(7), correlation: 'c', traceparent: '00-a-b-01' };
  await at.client.patch(PODS, 'ns', 'a', { x: 1 }, { type: 'strategic', cause });
  expect(at.seen[0]).toMatchObject({
    method: 'PATCH',
    body: '{"x":1}',
    headers: {
      'taffrail-cause': '7',
      'taffrail-correlation': 'c',
      traceparent: '00-a-b-01',
      'user-agent': 'test/1',
      'content-type': 'application/strategic-merge-patch+json',
    },
  });
});

test('items of a list get the apiVersion and kind the list stands for', async () => {
  const list = {
    kind: 'PodList',
    apiVersion: 'v1',
    metadata: { resourceVersion: '2048' },
    items: [{ metadata: { name: 'a' } }],
  };
  await using at = await serving((stream) => json(stream, list));
  expect(await at.client.list(PODS, '')).toEqual({
    revision: 2048,
    items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }],
  });
});

test('a Status becomes an ApiFailure; what is no Status keeps its text', async () => {
  await using at = await serving((stream, _seen, count) => {
    if (count === 1) json(stream, failure(409, 'Conflict', 'modified'), 409);
    else {
      stream.respond({ ':status': 502 });
      stream.end('bad gateway');
    }
  });
  const first = await at.client.get(PODS, 'ns', 'a').catch((error: unknown) => error);
  expect(first).toBeInstanceOf(ApiFailure);
  expect(first).toMatchObject({ code: 409, reason: 'Conflict', message: 'modified' });
  await expect(at.client.get(PODS, 'ns', 'a')).rejects.toMatchObject({ code: 502, reason: '', message: 'bad gateway' });
});

test('429 with Retry-After is waited out and asked again', async () => {
  await using at = await serving((stream, _seen, count) => {
    if (count < 3) json(stream, failure(429, 'TooManyRequests', 'slow down'), 429, { 'retry-after': '0' });
    else json(stream, { metadata: { name: 'a' } });
  });
  expect(await at.client.get(PODS, 'ns', 'a')).toEqual({ metadata: { name: 'a' } });
  expect(at.seen).toHaveLength(3);
});

test('429 without Retry-After is the answer', async () => {
  await using at = await serving((stream) => json(stream, failure(429, 'TooManyRequests', 'slow down'), 429));
  await expect(at.client.get(PODS, 'ns', 'a')).rejects.toMatchObject({ code: 429 });
  expect(at.seen).toHaveLength(1);
});

test('a watch delivers events as they come, however the bytes are cut, and ends with the server', async () => {
  const events = [
    { type: 'ADDED', object: { metadata: { name: 'ä' } } },
    { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
  ];
  await using at = await serving((stream) => {
    stream.respond({ ':status': 200 });
    const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''));
    for (const byte of bytes) stream.write(Buffer.from([byte]));
    stream.end();
  });
  const got: WatchEvent<KubeObject>[] = [];
  const signal = new AbortController().signal;
  for await (const event of at.client.watch(PODS, '', { resourceVersion: '5' }, signal)) got.push(event);
  expect(got).toEqual(events);
  expect(at.seen[0]?.path).toBe('/api/v1/pods?resourceVersion=5&watch=true');
});

test('an ERROR event of a watch is thrown as the Status it carries', async () => {
  await using at = await serving((stream) => {
    stream.respond({ ':status': 200 });
    stream.end(`${JSON.stringify({ type: 'ERROR', object: failure(410, 'Expired', 'too old') })}\n`);
  });
  const watch = at.client.watch(PODS, '', {}, new AbortController().signal)[Symbol.asyncIterator]();
  await expect(watch.next()).rejects.toMatchObject({ code: 410, reason: 'Expired' });
});

test('an answer that breaks off is unavailable, never a short answer', async () => {
  await using at = await serving((stream, seen) => {
    stream.respond({ ':status': 200 });
    stream.write('{"metadata":');
    setImmediate(() => (seen.path.includes('watch') ? stream.session?.destroy() : stream.destroy(new Error('broken'))));
  });
  await expect(at.client.get(PODS, 'ns', 'a')).rejects.toMatchObject({ code: 'unavailable' });
  const watch = at.client.watch(PODS, '', {}, new AbortController().signal)[Symbol.asyncIterator]();
  await expect(watch.next()).rejects.toMatchObject({ code: 'unavailable' });
});

test('answers that are whole before anyone reads them are read whole', async () => {
  const object = { metadata: { name: 'a' }, data: { x: 'y'.repeat(200) } };
  await using at = await serving((stream) => json(stream, object));
  for (let round = 0; round < 20; round++) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => at.client.get(PODS, 'ns', 'a')));
    for (const answer of answers) expect(answer).toEqual(object);
  }
});

test('after a lost connection the next request makes a new one', async () => {
  await using at = await serving((stream) => json(stream, { metadata: {} }));
  await at.client.get(PODS, 'ns', 'a');
  at.sessions[0]?.destroy();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await at.client.get(PODS, 'ns', 'a');
  expect(at.sessions).toHaveLength(2);
});

test('when the server says it goes away, what is under way ends and new requests go elsewhere', async () => {
  await using at = await serving((stream, _seen, count) => {
    if (count === 1) stream.session?.goaway();
    setTimeout(() => json(stream, { metadata: { name: String(count) } }), 20);
  });
  expect(await at.client.get(PODS, 'ns', 'a')).toEqual({ metadata: { name: '1' } });
  expect(await at.client.get(PODS, 'ns', 'a')).toEqual({ metadata: { name: '2' } });
  expect(at.sessions).toHaveLength(2);
});

test('nobody listening is unavailable', async () => {
  const client = httpApiClient({
    endpoint: { server: 'http://127.0.0.1:1' },
    clock: systemClock,
    userAgent: 'test/1',
  });
  await expect(client.get(PODS, 'ns', 'a')).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  client.close();
});

test('an aborted watch ends with the reason it was aborted for', async () => {
  await using at = await serving((stream) => {
    stream.respond({ ':status': 200 });
    stream.write(`${JSON.stringify({ type: 'ADDED', object: {} })}\n`);
  });
  const stop = new AbortController();
  const watch = at.client.watch(PODS, '', {}, stop.signal)[Symbol.asyncIterator]();
  await watch.next();
  const rest = watch.next();
  stop.abort(new Error('enough'));
  await expect(rest).rejects.toThrow('enough');
});

test('a server may send far ahead of a reader, so that a list is not paced by round trips', async () => {
  await using at = await serving((stream) => json(stream, { metadata: {} }));
  await at.client.get(PODS, 'ns', 'a');
  const [session] = at.sessions;
  expect(session?.remoteSettings.initialWindowSize).toBe(limits.apiStreamWindowBytes);
  expect(session?.state.remoteWindowSize).toBeGreaterThan(limits.apiConnectionWindowBytes / 2);
});

test('a collection is deleted page by page, and of what was deleted only metadata is asked for', async () => {
  await using server = await serving((stream, _, count) => {
    const more = count < 3 ? { continue: `page-${count}` } : {};
    json(stream, { kind: 'PartialObjectMetadataList', metadata: { resourceVersion: '7', ...more }, items: [] });
  });
  await server.client.deleteCollection(PODS, 'shop', { propagationPolicy: 'Background' });
  const asked = server.seen.map(({ method, path }) => `${method} ${path}`);
  const first = `DELETE /api/v1/namespaces/shop/pods?propagationPolicy=Background&limit=${limits.deleteCollectionCount}`;
  expect(asked).toEqual([first, `${first}&continue=page-1`, `${first}&continue=page-2`]);
  expect(server.seen[0]?.headers['accept']).toContain('as=PartialObjectMetadataList');
});
