import { connect, errors, type Msg, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import { natsAddress } from '@taffrail/platform/server-address';
import { wakeup } from './wakeup.ts';

/** A connection to NATS that never gives up: it reconnects for ever and says when it is away. Shared by log and feed. */
export interface NatsLink {
  readonly connection: NatsConnection;
  readonly clock: Clock;
  connected(): boolean;
  /** How often the connection was made; a change means that anything held on the server's side may be gone. */
  connections(): number;
  /** Waits until connected. False after `timeoutMs`; throws OperatingError `aborted` when the signal is. */
  whenConnected(timeoutMs: number, signal?: AbortSignal): Promise<boolean>;
  /** Runs `listener` at each connect and disconnect; the returned function ends that. */
  onChange(listener: () => void): () => void;
  /** One request and its answer. Throws RequestFailed. Aborting stops the waiting, not the request. */
  request(subject: string, payload: Uint8Array | string, options: RequestOptions): Promise<Msg>;
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly headers?: MsgHdrs;
}

/** A request without an answer. `delivered` is 'no' only when the server certainly never acted on it. */
export class RequestFailed extends Error {
  override readonly name = 'RequestFailed';
  readonly delivered: 'no' | 'unknown';
  constructor(delivered: 'no' | 'unknown', message: string, cause?: unknown) {
    super(message, { cause });
    this.delivered = delivered;
  }
}

export interface ConnectOptions {
  /** `nats://host:port[,…][?tokenFile=PATH]`, as `natsAddress` reads it. */
  readonly url: string;
  /** Shown in the server's list of connections. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal?: AbortSignal;
}

const RECONNECT_DELAY_MS = 200;
const CONNECT_TIMEOUT_MS = 5_000;

/** Connects, trying until the signal is aborted. Throws OperatingError `permission` when the server refuses us, `aborted`. */
export async function connectNats(options: ConnectOptions): Promise<NatsLink> {
  const { clock, logger, signal } = options;
  for (let attempt = 1; ; attempt++) {
    throwIfAborted(signal);
    try {
      return natsLink(await dial(options), clock, logger);
    } catch (error) {
      if (error instanceof errors.AuthorizationError) {
        throw new OperatingError('permission', `NATS at ${options.url} refuses us: ${error.message}`, { cause: error });
      }
      if (attempt === 1) logger.info({ url: options.url, reason: messageOf(error) }, 'waiting for NATS');
      await clock.sleep(RECONNECT_DELAY_MS, signal).catch(() => throwIfAborted(signal));
    }
  }
}

async function dial({ url, name }: ConnectOptions): Promise<NatsConnection> {
  const { servers, token } = natsAddress(url);
  return await connect({
    servers: [...servers],
    ...(token === undefined ? {} : { token }),
    name,
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_DELAY_MS,
    // A peer that is gone without a word (a stopped process, a cut cable) is noticed within three pings.
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  });
}

function natsLink(connection: NatsConnection, clock: Clock, logger: Logger): NatsLink {
  const changed = wakeup();
  const listeners = new Set<() => void>();
  /** Ends each request in flight when the connection is lost, so that nobody waits for an answer that cannot come. */
  const inFlight = new Set<(lost: RequestFailed) => void>();
  let connected = true;
  let connections = 1;

  const announce = (): void => {
    changed.wake();
    for (const listener of listeners) listener();
  };
  const lose = (reason: string): void => {
    connected = false;
    for (const fail of inFlight) fail(new RequestFailed('unknown', reason));
    announce();
  };
  const watch = async (): Promise<void> => {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        logger.warn({ server: status.server }, 'connection to NATS lost');
        lose('the connection to NATS was lost');
      } else if (status.type === 'reconnect') {
        connected = true;
        connections += 1;
        logger.info({ server: status.server }, 'connected to NATS again');
        announce();
      } else if (status.type === 'close') {
        lose('the connection to NATS is closed');
      }
    }
  };
  watch().catch((error: unknown) => logger.error({ reason: messageOf(error) }, 'watching the NATS connection failed'));

  return Object.freeze({
    connection,
    clock,
    connected: () => connected && !connection.isClosed(),
    connections: () => connections,
    async whenConnected(timeoutMs: number, signal?: AbortSignal): Promise<boolean> {
      const endMs = clock.monotonicMs() + timeoutMs;
      for (;;) {
        throwIfAborted(signal);
        if (connected) return true;
        if (connection.isClosed()) throw new OperatingError('aborted', 'the connection to NATS is closed');
        const leftMs = endMs - clock.monotonicMs();
        if (leftMs <= 0) return false;
        const cancel = clock.after(leftMs, changed.wake);
        await changed.wait(signal);
        cancel();
      }
    },
    onChange(listener: () => void): () => void {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async request(subject: string, payload: Uint8Array | string, options: RequestOptions): Promise<Msg> {
      const { timeoutMs, headers } = options;
      if (!connected) throw new RequestFailed('no', 'not connected to NATS');
      return await new Promise<Msg>((resolve, reject) => {
        inFlight.add(reject);
        connection
          .request(subject, payload, { timeout: timeoutMs, ...(headers === undefined ? {} : { headers }) })
          .then(resolve, (error: unknown) => reject(requestFailure(error)))
          .finally(() => inFlight.delete(reject));
      });
    },
    close: () => connection.close(),
  });
}

function requestFailure(error: unknown): RequestFailed {
  const unheard = error instanceof errors.RequestError && error.isNoResponders();
  return new RequestFailed(unheard ? 'no' : 'unknown', messageOf(error), error);
}

/** Throws OperatingError `aborted` when the signal is. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new OperatingError('aborted', 'aborted', { cause: signal.reason });
}
