import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { assert } from '@taffrail/platform/assert';
import { identityOf } from '../auth/client-certificate.ts';
import type { Identity } from '../auth/identity.ts';
import { announcedLength, readBody } from './body.ts';
import {
  STREAMED_RESPONSE_BYTES,
  joined,
  totalBytes,
  warned,
  writeParts,
  type Exchange,
  type HeaderValues,
  type ResponseStream,
} from './exchange.ts';
import { WritableResponseStream, clientGoneSignal } from './writable-stream.ts';

/** An exchange over HTTP/1.1. */
export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #warnings: string[] = [];
  #signal: AbortSignal | undefined;
  status = 0;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    const target = request.url ?? '/';
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.method = request.method ?? 'GET';
    request.on('error', () => undefined);
    response.on('error', () => undefined);
  }

  get identity(): Identity {
    return identityOf(this.#request.socket as TLSSocket);
  }

  get remoteAddress(): string {
    return this.#request.socket.remoteAddress ?? '';
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  requestHeaders(): HeaderValues {
    return this.#request.headers;
  }

  body(limitBytes: number): Promise<Buffer> {
    return readBody(this.#request, announcedLength(this.header('content-length')), limitBytes);
  }

  warn(warning: string): void {
    this.#warnings.push(warning);
  }

  respond(status: number, headers: HeaderValues, parts: readonly Uint8Array[] = []): void {
    const bytes = totalBytes(parts);
    const length = status === 204 || status === 304 ? undefined : String(bytes);
    this.#start(status, { ...headers, 'content-length': length, ...this.#connectionHeader() });
    if (this.method === 'HEAD' || bytes === 0) this.#response.end();
    else if (bytes <= STREAMED_RESPONSE_BYTES) this.#response.end(joined(parts));
    else void writeParts(new WritableResponseStream(this.#response), parts);
  }

  stream(status: number, headers: HeaderValues): ResponseStream {
    this.#start(status, headers);
    this.#response.flushHeaders();
    return new WritableResponseStream(this.#response);
  }

  #start(status: number, headers: HeaderValues): void {
    assert(this.status === 0, 'a request is answered once');
    this.status = status;
    if (this.#response.destroyed) return;
    const outgoing: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(warned(headers, this.#warnings))) {
      if (value !== undefined) outgoing[name] = typeof value === 'string' ? value : [...value];
    }
    this.#response.writeHead(status, outgoing);
  }

  /** A body that was not read to its end makes the connection unusable for the next request. */
  #connectionHeader(): HeaderValues {
    return this.#request.complete || this.method === 'GET' ? {} : { connection: 'close' };
  }

  get signal(): AbortSignal {
    this.#signal ??= clientGoneSignal(this.#response);
    return this.#signal;
  }
}
