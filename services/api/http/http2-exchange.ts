import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
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

/** An exchange over one HTTP/2 stream, without Node's compatibility layer (a quarter less CPU per request). */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  readonly #warnings: string[] = [];
  #signal: AbortSignal | undefined;
  status = 0;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    this.#headers = headers;
    const target = headers[':path'] ?? '/';
    const mark = target.indexOf('?');
    this.path = mark < 0 ? target : target.slice(0, mark);
    this.query = mark < 0 ? '' : target.slice(mark + 1);
    this.method = headers[':method'] ?? 'GET';
    // A reset by the client surfaces as an error; `close` follows and is what everyone listens to.
    stream.on('error', () => undefined);
  }

  get identity(): Identity {
    const socket = this.#socket();
    return socket === undefined ? { type: 'anonymous' } : identityOf(socket);
  }

  get remoteAddress(): string {
    return this.#socket()?.remoteAddress ?? '';
  }

  /** Undefined when the connection is gone already. */
  #socket(): TLSSocket | undefined {
    return this.#stream.session?.socket as TLSSocket | undefined;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }

  requestHeaders(): HeaderValues {
    return this.#headers;
  }

  body(limitBytes: number): Promise<Buffer> {
    return readBody(this.#stream, announcedLength(this.header('content-length')), limitBytes);
  }

  warn(warning: string): void {
    this.#warnings.push(warning);
  }

  respond(status: number, headers: HeaderValues, parts: readonly Uint8Array[] = []): void {
    const bytes = totalBytes(parts);
    const length = status === 204 || status === 304 ? undefined : String(bytes);
    const stream = this.#start(status, { ...headers, 'content-length': length });
    if (stream === undefined) return;
    if (this.method === 'HEAD' || bytes === 0) {
      stream.end();
    } else if (bytes <= STREAMED_RESPONSE_BYTES) {
      stream.end(joined(parts));
    } else {
      void writeParts(new Http2ResponseStream(stream), parts);
    }
    // A body that nobody read (413, 415 …) must not hold the connection's window. Where there is none, reading would only end
    // the stream before its answer has gone out, and Node makes an error for every write that outlives its stream.
    if (!stream.endAfterHeaders && !stream.readableEnded) stream.resume();
  }

  stream(status: number, headers: HeaderValues): ResponseStream {
    return new Http2ResponseStream(this.#start(status, headers) ?? this.#stream);
  }

  #start(status: number, headers: HeaderValues): ServerHttp2Stream | undefined {
    assert(this.status === 0, 'a request is answered once');
    this.status = status;
    if (this.#stream.destroyed || this.#stream.closed) return undefined;
    const outgoing = warned(headers, this.#warnings);
    this.#stream.respond({ ...outgoing, ':status': status });
    return this.#stream;
  }

  get signal(): AbortSignal {
    this.#signal ??= clientGoneSignal(this.#stream);
    return this.#signal;
  }
}

class Http2ResponseStream extends WritableResponseStream {
  readonly #stream: ServerHttp2Stream;
  constructor(stream: ServerHttp2Stream) {
    super(stream, stream.session);
    this.#stream = stream;
  }
  override destroy(): void {
    this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    // Closing waits for what is still queued; a cut-off client is not reading, so the queue goes now.
    this.#stream.destroy();
  }
  override get closed(): boolean {
    return super.closed || this.#stream.closed;
  }
}
