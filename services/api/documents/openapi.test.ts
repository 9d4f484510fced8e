import { gunzipSync } from 'node:zlib';
import { isRejection } from '@taffrail/machinery/rejection';
import { servedResources } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '../http/parsed-request.ts';
import { FakeExchange } from '../testing/fake-exchange.ts';
import { openApiDocuments } from './openapi.ts';

const documents = openApiDocuments(servedResources());
const V2_PROTOBUF = 'com.github.proto-openapi.spec.v2.v1.0+protobuf';
const V3_PROTOBUF = 'com.github.proto-openapi.spec.v3.v1.0+protobuf';

function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const exchange = new FakeExchange({ url, headers, method });
  const request = parseRequest(method, exchange.path, exchange.query);
  if (request?.type !== 'path') throw new Error(`${url} is no plain path`);
  const result = documents.answer(exchange, request, exchange.path);
  return { exchange, result, body: Buffer.concat(exchange.written) };
}

describe('OpenAPI documents', () => {
  test('the root leads to documents by their hash, which may be kept for ever', () => {
    const root = JSON.parse(ask('/openapi/v3').body.toString('utf8')) as {
      readonly paths: Readonly<Record<string, { readonly serverRelativeURL: string }>>;
    };
    const url = root.paths['api/v1']?.serverRelativeURL ?? '';
    const { exchange, body } = ask(url, { 'accept-encoding': 'gzip' });
    expect(exchange.status).toBe(200);
    expect(exchange.headers['content-encoding']).toBe('gzip');
    expect(exchange.headers['cache-control']).toContain('immutable');
    expect(JSON.parse(gunzipSync(body).toString('utf8'))).toMatchObject({ openapi: '3.0.0' });
  });

  test('an old hash leads to the new one', () => {
    const { exchange } = ask('/openapi/v3/api/v1?hash=OLD');
    expect(exchange.status).toBe(301);
    expect(exchange.headers['location']).toMatch(/^\/openapi\/v3\/api\/v1\?hash=[0-9A-F]{64}$/);
  });

  test('a client that has a document already gets none', () => {
    const etag = ask('/openapi/v2').exchange.headers['etag'] as string;
    const { exchange, body } = ask('/openapi/v2', { 'if-none-match': etag });
    expect(exchange.status).toBe(304);
    expect(body.length).toBe(0);
  });

  test('what is not there or not read is refused, and what nobody can write is not acceptable', () => {
    expect(ask('/openapi/v3/apis/none/v1').result).toBe(false);
    const refused = ask('/openapi/v2', {}, 'POST').result;
    expect(isRejection(refused) && refused.code).toBe(405);
    const { exchange, body } = ask('/openapi/v2', { accept: 'text/html, application/yaml' });
    expect([exchange.status, body.length]).toEqual([406, 0]);
    // The list of v3 documents has no other form than JSON.
    expect(ask('/openapi/v3', { accept: `application/${V3_PROTOBUF}` }).exchange.status).toBe(406);
  });

  test.each([
    ['/openapi/v2', 'com.github.proto-openapi.spec.v2@v1.0+protobuf', V2_PROTOBUF],
    ['/openapi/v2', V2_PROTOBUF, V2_PROTOBUF],
    ['/openapi/v3/apis/apps/v1', V3_PROTOBUF, V3_PROTOBUF],
  ])('%s comes as protobuf to who asks for %s', (name, asked, answered) => {
    const { exchange, body } = ask(name, { accept: `application/${asked}, application/json;q=0.5` });
    expect(exchange.headers['content-type']).toBe(`application/${answered}`);
    // Field 1, a text: `swagger` or `openapi`.
    expect(body[0]).toBe(0x0a);
    const etag = exchange.headers['etag'] as string;
    expect(ask(name, { accept: `application/${asked}`, 'if-none-match': `W/${etag}` }).exchange.status).toBe(304);
    const json = ask(name, { accept: `application/${asked};q=0.5, */*` });
    expect(json.exchange.headers['content-type']).toBe('application/json');
  });
});
