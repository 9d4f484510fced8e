import { connect, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { readKubeconfig, type KubeconfigAccess } from '@taffrail/pki/kubeconfig';
import { watchConnection, type WatchConnection } from './watch-connection.ts';

export interface BenchRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly body?: string;
  readonly contentType?: string;
  /** What the answer may be; `application/json` by default. */
  readonly accept?: string;
  /** Lets the server compress. */
  readonly gzip?: boolean;
}

export interface BenchAnswer {
  readonly status: number;
  readonly bytes: number;
  /** Kept only where it was asked for, or when the request failed. */
  readonly body: string;
}

/** A watch that is open. */
export interface BenchWatch {
  close(): void;
}

/** A client of any Kubernetes API server that spends as little as it can itself: nothing is parsed that need not be. */
export interface BenchClient {
  readonly server: string;
  ask(request: BenchRequest, keepBody?: boolean): Promise<BenchAnswer>;
  /** Resolves when the server has begun to answer; `onEvent` runs for each event. */
  watch(path: string, onEvent: () => void): Promise<BenchWatch>;
  close(): void;
}

/** Opens a client with a kubeconfig's certificate or token. Throws as `readKubeconfig` does. */
export async function benchClient(kubeconfigFile: string): Promise<BenchClient> {
  const access = await readKubeconfig(kubeconfigFile);
  const prefix = new URL(access.server).pathname.replace(/\/$/, '');
  const common = {
    'user-agent': 'taffrail-bench',
    ...(access.token === undefined ? {} : { authorization: `Bearer ${access.token}` }),
  };
  const requests = inTurn<ClientHttp2Session>(limits.benchConnectionsCount, () => openSession(access));
  const watches = inTurn<WatchConnection>(limits.benchWatchConnectionsCount, () => watchConnection(access));

  const open = (session: ClientHttp2Session, request: BenchRequest): ClientHttp2Stream => {
    const { method, path, body, contentType = 'application/json', accept = 'application/json', gzip } = request;
    const typed = body === undefined ? {} : { 'content-type': contentType };
    const encoded = gzip === true ? { 'accept-encoding': 'gzip' } : {};
    const headers = { ...common, accept, ...encoded, ...typed, ':method': method, ':path': prefix + path };
    const stream = session.request(headers, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    return stream;
  };

  return {
    server: access.server,
    ask: (request, keepBody = false) => answerOf(open(requests.next(), request), request, keepBody),
    watch: (path, onEvent) =>
      watches.next().watch({ path: prefix + path, headers: { ...common, accept: 'application/json' }, onEvent }),
    close() {
      for (const session of requests.opened()) session.destroy();
      for (const connection of watches.opened()) connection.close();
    },
  };
}

/** Connections taken in turn, each opened when it is first needed. */
function inTurn<Connection extends { readonly closed: boolean; readonly destroyed?: boolean }>(
  count: number,
  open: () => Connection,
): { next(): Connection; opened(): readonly Connection[] } {
  const connections: Connection[] = [];
  let at = 0;
  return {
    next() {
      at = (at + 1) % count;
      const known = connections[at];
      if (known !== undefined && !known.closed && known.destroyed !== true) return known;
      return (connections[at] = open());
    },
    opened: () => connections.filter((connection) => connection !== undefined),
  };
}

function openSession(access: KubeconfigAccess): ClientHttp2Session {
  const session = connect(new URL(access.server).origin, {
    rejectUnauthorized: !access.skipsTlsVerification,
    ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
    ...(access.clientCertificate === undefined ? {} : { cert: access.clientCertificate }),
    ...(access.clientKey === undefined ? {} : { key: access.clientKey }),
    ...(access.tlsServerName === undefined ? {} : { servername: access.tlsServerName }),
    settings: { initialWindowSize: limits.benchStreamWindowBytes },
  });
  // With HTTP/2's own 64 KiB a list would be measured by its round trips, which no client of Kubernetes waits for.
  session.once('connect', () => session.setLocalWindowSize(limits.benchConnectionWindowBytes));
  session.on('error', () => undefined); // every request under way tells of it
  return session;
}

function answerOf(stream: ClientHttp2Stream, request: BenchRequest, keepBody: boolean): Promise<BenchAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BenchAnswer>();
  let status = 0;
  let bytes = 0;
  const kept: Buffer[] = [];
  stream.on('response', (headers) => (status = Number(headers[':status'])));
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (keepBody || status >= 400) kept.push(chunk);
  });
  stream.on('end', () => resolve({ status, bytes, body: Buffer.concat(kept).toString('utf8') }));
  stream.on('error', (error) => reject(lost(request.path, error)));
  stream.on('close', () => reject(lost(request.path, new Error('the stream was closed'))));
  return promise;
}

function lost(path: string, error: unknown): OperatingError {
  return new OperatingError('unavailable', `${path} was not answered: ${messageOf(error)}`, { cause: error });
}
