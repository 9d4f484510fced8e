import { connect as connectPlain, isIP, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { KubeconfigAccess } from '@taffrail/pki/kubeconfig';
import {
  CANCEL,
  contentOf,
  FIRST_WINDOW_BYTES,
  FLAG,
  FRAME,
  frame,
  frameReader,
  numberFrame,
  PREFACE,
  READ_BYTES,
  requestFrame,
  saysOk,
  SETTING,
  settings,
} from './http2-frames.ts';

interface OpenStream {
  readonly path: string;
  begun: boolean;
  /** What the server says where it does not answer 200. */
  refusal: string | undefined;
  /** Bytes that came since the server was last allowed more. */
  unreportedBytes: number;
  begin(): void;
  fail(error: OperatingError): void;
  onEvent(): void;
}

export interface WatchRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  onEvent(): void;
}

/** One connection with many watches on it. */
export interface WatchConnection {
  readonly closed: boolean;
  /** Resolves when the server has begun to answer. Throws OperatingError `protocol`, `unavailable`. */
  watch(request: WatchRequest): Promise<{ close(): void }>;
  close(): void;
}

const LINE_END = 10;
/** Of each frame of a refusal. */
const REFUSAL_BYTES = 300;

/**
 * A client that watches and does nothing else. Node's own spends some 4 µs on each event, one stream after the other: with
 * hundreds of watches on two cores it would delay what it measures, and take from the server the processor it needs. This one
 * counts the ends of lines in the frames as they lie in what was read.
 */
export function watchConnection(access: KubeconfigAccess): WatchConnection {
  const url = new URL(access.server);
  const streams = new Map<number, OpenStream>();
  let nextStream = 1;
  let unreportedBytes = 0;
  let failure: OperatingError | undefined;
  const socket = dial(url, access, (chunk) => read(chunk));

  const end = (why: string): void => {
    failure ??= new OperatingError('unavailable', `the connection of watches is over: ${why}`);
    for (const stream of streams.values()) stream.fail(failure);
    streams.clear();
    socket.destroy();
  };
  const onData = (id: number, flags: number, payload: Buffer): void => {
    unreportedBytes += payload.length;
    if (unreportedBytes > limits.benchConnectionWindowBytes / 2) {
      socket.write(numberFrame(FRAME.windowUpdate, 0, unreportedBytes));
      unreportedBytes = 0;
    }
    const stream = streams.get(id);
    if (stream === undefined) return;
    stream.unreportedBytes += payload.length;
    if (stream.unreportedBytes > limits.benchStreamWindowBytes / 2) {
      socket.write(numberFrame(FRAME.windowUpdate, id, stream.unreportedBytes));
      stream.unreportedBytes = 0;
    }
    const content = contentOf(flags, payload);
    if (stream.refusal !== undefined) stream.refusal += content.toString('utf8', 0, REFUSAL_BYTES);
    else for (let at = content.indexOf(LINE_END); at !== -1; at = content.indexOf(LINE_END, at + 1)) stream.onEvent();
  };
  const onHeaders = (id: number, flags: number, payload: Buffer): void => {
    const stream = streams.get(id);
    if (stream === undefined || stream.begun) return;
    stream.begun = true;
    if (saysOk(contentOf(flags, payload))) stream.begin();
    else stream.refusal = '';
  };
  const onOver = (id: number): void => {
    const stream = streams.get(id);
    if (stream === undefined) return;
    streams.delete(id);
    const { path, refusal } = stream;
    if (refusal === undefined) stream.fail(new OperatingError('unavailable', `the watch of ${path} was ended`));
    else stream.fail(new OperatingError('protocol', `the watch of ${path} was refused: ${refusal}`));
  };
  const read = frameReader((type, flags, id, payload) => {
    if (type === FRAME.data) onData(id, flags, payload);
    else if (type === FRAME.headers) onHeaders(id, flags, payload);
    else if (type === FRAME.settings && (flags & FLAG.ack) === 0) {
      socket.write(frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(0)));
    } else if (type === FRAME.ping && (flags & FLAG.ack) === 0) {
      socket.write(frame(FRAME.ping, FLAG.ack, 0, payload));
    } else if (type === FRAME.goAway) failure ??= new OperatingError('unavailable', 'the server takes no more watches');
    const isOver = type === FRAME.resetStream || (type <= FRAME.headers && (flags & FLAG.endStream) !== 0);
    if (isOver) onOver(id);
  });

  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('closed'));
  if ('alpnProtocol' in socket) {
    socket.once('secureConnect', () => {
      if (socket.alpnProtocol !== 'h2') end('the server does not speak HTTP/2');
    });
  }
  socket.write(
    Buffer.concat([
      PREFACE,
      settings([
        [SETTING.headerTableSize, 0],
        [SETTING.enablePush, 0],
        [SETTING.initialWindowSize, limits.benchStreamWindowBytes],
      ]),
      numberFrame(FRAME.windowUpdate, 0, limits.benchConnectionWindowBytes - FIRST_WINDOW_BYTES),
    ]),
  );

  return {
    get closed() {
      return failure !== undefined;
    },
    watch({ path, headers, onEvent }) {
      const { promise, resolve, reject } = Promise.withResolvers<{ close(): void }>();
      if (failure !== undefined) return Promise.reject(failure);
      const id = nextStream;
      nextStream += 2;
      const close = (): void => {
        if (streams.delete(id)) socket.write(numberFrame(FRAME.resetStream, id, CANCEL));
      };
      // After its beginning a watch that fails is told by what is missing.
      const begin = (): void => resolve({ close });
      streams.set(id, { path, begun: false, refusal: undefined, unreportedBytes: 0, begin, fail: reject, onEvent });
      const request = { ':method': 'GET', ':scheme': url.protocol.slice(0, -1), ':authority': url.host, ':path': path };
      socket.write(requestFrame(id, { ...request, ...headers }));
      return promise;
    },
    close: () => end('closed by us'),
  };
}

/**
 * Connects. What is read lies in one buffer of the connection: chunks of their own would be memory outside V8's heap, for
 * which it collects all of it every few dozen events.
 */
function dial(url: URL, access: KubeconfigAccess, read: (chunk: Buffer) => void): Socket | TLSSocket {
  const onread = {
    buffer: Buffer.alloc(READ_BYTES),
    callback(count: number, buffer: Uint8Array) {
      read(Buffer.from(buffer.buffer, buffer.byteOffset, count));
      return true;
    },
  };
  const { hostname } = url;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (url.protocol === 'http:') return connectPlain({ host, port: Number(url.port || 80), noDelay: true, onread });
  const name = access.tlsServerName ?? (isIP(host) === 0 ? host : undefined);
  const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
    host,
    port: Number(url.port || 443),
    ALPNProtocols: ['h2'],
    onread,
    rejectUnauthorized: !access.skipsTlsVerification,
    ...(access.certificateAuthority === undefined ? {} : { ca: access.certificateAuthority }),
    ...(access.clientCertificate === undefined ? {} : { cert: access.clientCertificate }),
    ...(access.clientKey === undefined ? {} : { key: access.clientKey }),
    ...(name === undefined ? {} : { servername: name }),
  };
  const socket = connectTls(options);
  socket.setNoDelay(true);
  return socket;
}
