import { gunzipSync } from 'node:zlib';
import {
  openApiDocuments as makeDocuments,
  type OpenApiDocument,
} from '@taffrail/machinery/openapi/open-api-documents';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { ServedResource } from '@taffrail/resources/definition';
import { VERSION } from '../handlers/version.ts';
import { acceptsGzip } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { clausesOf } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { METHOD_NOT_ALLOWED } from '../http/rejections.ts';
import { hasDocument } from './document.ts';

/** The document that says where the others are. */
const INDEX = '/openapi/v3';

/** The OpenAPI documents of a server. */
export interface OpenApiDocuments {
  readonly paths: readonly string[];
  answer(exchange: Exchange, request: PathRequest, name: string): boolean | Rejection;
}

/** Serves the OpenAPI documents of a set of resources, compressed as they are kept. */
export function openApiDocuments(definitions: readonly ServedResource[]): OpenApiDocuments {
  const documents = makeDocuments(definitions, VERSION.gitVersion);
  return {
    paths: documents.paths,
    answer(exchange, request, name) {
      const found = documents.find(name);
      if (found === undefined) return false;
      if (request.verb !== 'get' && request.verb !== 'head') return METHOD_NOT_ALLOWED;
      answerFound(exchange, found, name, request.query.get('hash'));
      return true;
    },
  };
}

function answerFound(exchange: Exchange, found: OpenApiDocument, name: string, asked: string | null): void {
  const form = formOf(exchange, found);
  if (form === undefined) {
    // Kubernetes says no more than that here.
    exchange.respond(406, { vary: 'Accept' });
    return;
  }
  if (asked !== null && asked !== found.hash) {
    exchange.respond(301, { location: `${exchange.prefix ?? ''}${name}?hash=${found.hash}` });
    return;
  }
  const etag = `"${found.hash}"`;
  // What is asked for by its hash never changes.
  const caching = asked === null ? 'no-cache, private' : 'public, immutable, max-age=31536000';
  const headers = {
    'content-type': form === 'json' ? 'application/json' : `application/${PROTOBUF_TYPES[form]}`,
    etag,
    vary: 'Accept, Accept-Encoding',
    'cache-control': caching,
  };
  if (name === INDEX && exchange.prefix !== undefined) {
    const contents = Buffer.from(prefixed(gunzipSync(found.gzippedJson).toString(), exchange.prefix));
    exchange.respond(200, headers, [contents]);
    return;
  }
  if (hasDocument(exchange, etag)) {
    exchange.respond(304, headers);
    return;
  }
  const gzipped = form === 'json' ? found.gzippedJson : found.gzippedProtobuf();
  if (acceptsGzip(exchange.header('accept-encoding'))) {
    exchange.respond(200, { ...headers, 'content-encoding': 'gzip' }, [gzipped]);
  } else {
    exchange.respond(200, headers, [gunzipSync(gzipped)]);
  }
}

/** The second spelling is older and no media type, strictly read. Both are answered with the first. */
const PROTOBUF_TYPES = {
  v2: 'com.github.proto-openapi.spec.v2.v1.0+protobuf',
  v3: 'com.github.proto-openapi.spec.v3.v1.0+protobuf',
} as const;
const OLD_PROTOBUF_TYPES = {
  v2: 'com.github.proto-openapi.spec.v2@v1.0+protobuf',
  v3: 'com.github.proto-openapi.spec.v3@v1.0+protobuf',
} as const;

/** The first acceptable form, whatever its parameters; undefined when none is. */
function formOf(exchange: Exchange, { protobuf }: OpenApiDocument): 'json' | 'v2' | 'v3' | undefined {
  const accept = exchange.header('accept');
  if (accept === undefined || accept === '') return 'json';
  for (const { type } of clausesOf(accept)) {
    if (['application/json', 'application/*', '*/*'].includes(type)) return 'json';
    if (protobuf === undefined) continue;
    const spellings = [PROTOBUF_TYPES[protobuf], OLD_PROTOBUF_TYPES[protobuf]];
    if (spellings.some((spelling) => type === `application/${spelling}`)) return protobuf;
  }
  return undefined;
}

/** The index with addresses that lead to where it was read: clients follow them as they stand. */
function prefixed(index: string, prefix: string): string {
  const { paths } = JSON.parse(index) as { readonly paths: Readonly<Record<string, { serverRelativeURL: string }>> };
  const below = Object.entries(paths).map(([path, one]) => [
    path,
    { ...one, serverRelativeURL: `${prefix}${one.serverRelativeURL}` },
  ]);
  return JSON.stringify({ paths: Object.fromEntries(below) as unknown });
}
