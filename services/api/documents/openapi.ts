import { gunzipSync } from 'node:zlib';
import { openApiDocuments as makeDocuments } from '@taffrail/machinery/openapi/open-api-documents';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ServedResource } from '@taffrail/resources/definition';
import { VERSION } from '../handlers/version.ts';
import { acceptsGzip } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { negotiate, PLAIN_OFFER } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { METHOD_NOT_ALLOWED } from '../http/rejections.ts';

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
      const acceptable = negotiate(exchange.header('accept'), PLAIN_OFFER, false);
      if (isRejection(acceptable)) return acceptable;
      const asked = request.query.get('hash');
      if (asked !== null && asked !== found.hash) {
        exchange.respond(301, { location: `${name}?hash=${found.hash}` });
        return true;
      }
      const etag = `"${found.hash}"`;
      // What is asked for by its hash never changes.
      const caching = asked === null ? 'no-cache, private' : 'public, immutable, max-age=31536000';
      const headers = { etag, vary: 'Accept, Accept-Encoding', 'cache-control': caching };
      if (exchange.header('if-none-match') === etag) {
        exchange.respond(304, headers);
      } else if (acceptsGzip(exchange.header('accept-encoding'))) {
        const encoding = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
        exchange.respond(200, { ...headers, ...encoding }, [found.gzipped]);
      } else {
        exchange.respond(200, { ...headers, 'content-type': 'application/json' }, [gunzipSync(found.gzipped)]);
      }
      return true;
    },
  };
}
