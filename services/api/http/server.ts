import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Exchange } from './exchange.ts';
import { Http1Exchange } from './http1-exchange.ts';
import { Http2Exchange } from './http2-exchange.ts';

export interface TlsMaterial {
  /** PEM of the server's certificate and key. */
  readonly certificate: string | Buffer;
  readonly key: string | Buffer;
  /** PEM of the authority whose client certificates are accepted. */
  readonly clientAuthority: string | Buffer;
}

export interface HttpServerOptions {
  readonly tls: TlsMaterial;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Answers one request. Must answer every exchange; what it throws is a bug and is logged. */
  readonly handle: (exchange: Exchange) => void;
}

/** HTTP/2 and HTTP/1.1 over TLS on one port. */
export interface HttpServer {
  /** Starts to accept. Throws OperatingError `address-in-use` or `permission`. */
  listen(port: number, address: string): Promise<AddressInfo>;
  /**
   * Stops in order: no new connections, requests under way finish. What is still open after `graceMs` is cut off.
   * End streams that never end by themselves (watches) before.
   */
  stop(graceMs: number): Promise<void>;
}

/** Makes the server; nothing listens yet. */
export function createHttpServer(options: HttpServerOptions): HttpServer {
  const { tls, logger } = options;
  const server = createSecureServer({
    allowHTTP1: true,
    cert: tls.certificate,
    key: tls.key,
    ca: tls.clientAuthority,
    minVersion: 'TLSv1.2',
    // Certificates are asked for and judged per request: health and version stay open to anyone.
    requestCert: true,
    rejectUnauthorized: false,
    // A ticket from one port must not carry an identity over to another server of ours.
    sessionIdContext: 'taffrail-api',
    settings: {
      maxConcurrentStreams: limits.httpStreamsPerConnectionCount,
      initialWindowSize: limits.httpStreamWindowBytes,
    },
    maxSessionMemory: limits.httpSessionMegabytes,
  });

  const sockets = new Set<TLSSocket>();
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    // A peer that vanished without a word is found out, and its watches end.
    socket.setKeepAlive(true, limits.tcpKeepAliveMs);
    socket.once('close', () => sockets.delete(socket));
  });

  const dispatch = (exchange: Exchange): void => {
    try {
      options.handle(exchange);
    } catch (thrown) {
      logger.error({ err: thrown, path: exchange.path }, 'the handler threw');
      if (exchange.status === 0) exchange.respond(500, {});
    }
  };
  // Listening to `request` installs the compatibility layer for HTTP/2 as a `stream` listener. It is wanted for
  // HTTP/1.1 only, so it goes, and HTTP/2 streams are handled raw.
  server.on('request', (request, response) => {
    dispatch(new Http1Exchange(request as unknown as IncomingMessage, response as unknown as ServerResponse));
  });
  server.removeAllListeners('stream');
  server.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    dispatch(new Http2Exchange(stream, headers));
  });

  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.setLocalWindowSize(limits.httpSessionWindowBytes);
    session.once('close', () => sessions.delete(session));
    session.on('error', (error) => logger.debug({ error: messageOf(error) }, 'an HTTP/2 session failed'));
  });
  server.on('tlsClientError', (error) => logger.debug({ error: messageOf(error) }, 'a TLS handshake failed'));
  server.on('clientError', (error: Error, socket: TLSSocket) => {
    logger.debug({ error: messageOf(error) }, 'a connection failed');
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });

  return {
    listen: (port, address) => listen(server, logger, port, address),
    stop: (graceMs) => stop(server, sessions, sockets, options.clock, graceMs),
  };
}

function listen(server: Http2SecureServer, logger: Logger, port: number, address: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenFailure(error, port, address)));
    server.listen(port, address, () => {
      server.removeAllListeners('error');
      server.on('error', (error) => logger.error({ error: messageOf(error) }, 'the listening socket failed'));
      resolve(server.address() as AddressInfo);
    });
  });
}

function listenFailure(error: NodeJS.ErrnoException, port: number, address: string): OperatingError {
  if (error.code === 'EADDRINUSE') {
    return new OperatingError('address-in-use', `${address}:${port} is taken by another program`, { cause: error });
  }
  if (error.code === 'EACCES') {
    return new OperatingError('permission', `no permission to listen on ${address}:${port}`, { cause: error });
  }
  return new OperatingError('unavailable', `cannot listen on ${address}:${port}: ${error.message}`, {
    retryable: false,
    cause: error,
  });
}

async function stop(
  server: Http2SecureServer,
  sessions: ReadonlySet<ServerHttp2Session>,
  sockets: ReadonlySet<TLSSocket>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const session of sessions) session.close();
  const cancel = clock.after(graceMs, () => {
    for (const socket of sockets) socket.destroy();
  });
  await closed;
  cancel();
}
