import { connect as connectHttp2, constants, type ClientHttp2Session } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { OperatingError } from '@taffrail/platform/failure';

/** Unary gRPC calls over a unix socket: one HTTP/2 request each. The supervisor lives long and makes few, so no library. */
export interface GrpcChannel {
  /** The answer's bytes. Throws `runtime` with the server's message, or `unavailable` when it does not answer. */
  call(path: string, request: Buffer, timeoutMs: number): Promise<Buffer>;
  close(): void;
}

const PREFIX_BYTES = 5;

/** Opens a channel; nothing is sent before the first call. */
export function grpcChannel(socketPath: string): GrpcChannel {
  let session: ClientHttp2Session | undefined;
  const open = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    session = connectHttp2('http://localhost', { createConnection: () => connectSocket(socketPath) });
    session.on('error', () => undefined); // every call in flight learns of it by itself
    return session;
  };
  return {
    call: (path, request, timeoutMs) => unaryCall(open(), path, request, timeoutMs),
    close: () => session?.destroy(),
  };
}

function unaryCall(session: ClientHttp2Session, path: string, request: Buffer, timeoutMs: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const unavailable = (error: Error): void =>
      reject(new OperatingError('unavailable', `${path} was not answered: ${error.message}`, { cause: error }));
    session.once('error', unavailable);
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    let status: { readonly code: string; readonly message: string } | undefined;
    const chunks: Buffer[] = [];
    const readStatus = (headers: Readonly<Record<string, unknown>>): void => {
      const code = headers['grpc-status'];
      const message = headers['grpc-message'];
      if (typeof code === 'string') status = { code, message: typeof message === 'string' ? message : '' };
    };
    stream.setTimeout(timeoutMs, () => stream.close(constants.NGHTTP2_CANCEL));
    stream.on('response', readStatus); // a call that fails at once has its status here
    stream.on('trailers', readStatus);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', unavailable);
    stream.once('close', () => {
      session.off('error', unavailable);
      if (status === undefined) unavailable(new Error(`no answer within ${timeoutMs} ms`));
      else if (status.code === '0') resolve(Buffer.concat(chunks).subarray(PREFIX_BYTES));
      else
        reject(new OperatingError('runtime', `${path}: ${decodeURIComponent(status.message)} (code ${status.code})`));
    });
    const prefix = Buffer.alloc(PREFIX_BYTES); // not compressed, length
    prefix.writeUInt32BE(request.length, 1);
    stream.end(Buffer.concat([prefix, request]));
  });
}
