import { constants, type ClientHttp2Stream, type IncomingHttpHeaders, type IncomingHttpStatusHeader } from 'node:http2';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { bodyReader, type BodyReader } from './body-reader.ts';
import type { Http2Connection } from './http2-connection.ts';

/** A request as it goes onto the wire; `path` holds the query. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
}

/** An answer whose body is still to be read. */
export interface OpenAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders & IncomingHttpStatusHeader;
  readonly stream: ClientHttp2Stream;
  readonly body: BodyReader;
}

/**
 * Sends a request and resolves with the answer's head. A request the server certainly did not look at (refused stream)
 * is sent once more on a new connection. Throws OperatingError `unavailable`, or the signal's reason.
 */
export async function openExchange(
  connection: Http2Connection,
  request: HttpRequest,
  signal: AbortSignal | undefined,
): Promise<OpenAnswer> {
  try {
    return await send(connection, request, signal);
  } catch (error) {
    if (error instanceof RefusedStream) return send(connection, request, signal);
    throw error;
  }
}

class RefusedStream extends OperatingError {}

async function send(
  connection: Http2Connection,
  request: HttpRequest,
  signal: AbortSignal | undefined,
): Promise<OpenAnswer> {
  signal?.throwIfAborted();
  const session = await connection.session();
  const { promise, resolve, reject } = Promise.withResolvers<OpenAnswer>();
  const stream = session.request(
    { ':method': request.method, ':path': request.path, ...request.headers },
    { endStream: request.body === undefined },
  );
  const body = bodyReader(stream);
  const onAbort = (): void => {
    reject(signal?.reason);
    stream.close(constants.NGHTTP2_CANCEL);
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  stream.once('response', (headers) => resolve({ status: headers[':status'] ?? 0, headers, stream, body }));
  stream.on('error', (error) => reject(failureOf(error, stream)));
  stream.once('close', () => {
    signal?.removeEventListener('abort', onAbort);
    reject(failureOf(new Error('the connection closed before the answer'), stream));
  });
  if (request.body !== undefined) stream.end(request.body);
  return promise;
}

function failureOf(error: unknown, stream: ClientHttp2Stream): OperatingError {
  const message = `no answer from the API server: ${messageOf(error)}`;
  return stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
    ? new RefusedStream('unavailable', message, { cause: error })
    : new OperatingError('unavailable', message, { cause: error });
}

/** Reads a body to its end. Throws OperatingError `unavailable` when it is cut off and `protocol` when it is too large. */
export async function readBody(answer: OpenAnswer, maximumBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body.chunks()) {
    bytes += chunk.byteLength;
    if (bytes > maximumBytes) {
      throw new OperatingError('protocol', `the server's answer is larger than ${maximumBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, bytes);
}

/** Runs `task` under a signal that also fires after `limits.apiRequestMs` (OperatingError `timeout`). */
export async function withinRequestTime<T>(
  clock: Clock,
  signal: AbortSignal | undefined,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  const cancel = clock.after(limits.apiRequestMs, () =>
    late.abort(new OperatingError('timeout', `the API server did not answer within ${limits.apiRequestMs} ms`)),
  );
  try {
    return await task(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } finally {
    cancel();
  }
}
