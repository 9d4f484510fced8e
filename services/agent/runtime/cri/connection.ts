import {
  credentials,
  loadPackageDefinition,
  Metadata,
  status as grpcStatus,
  type Client,
  type ClientOptions,
  type ClientReadableStream,
  type GrpcObject,
  type ServiceClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import { limits } from '@taffrail/platform/limits';
import { OperatingError } from '@taffrail/platform/failure';
import descriptor from './descriptor.json' with { type: 'json' };
import { RuntimeFailure, type RuntimeFailureKind } from '../port.ts';

/** A reply as proto-loader decodes it: every field present, enums as names. */
export type Reply = Readonly<Record<string, unknown>>;
type Unary = (
  request: object,
  metadata: Metadata,
  options: { deadline: number },
  done: (error: ServiceError | null, reply: Reply) => void,
) => { cancel(): void };
type Streaming = (request: object, metadata: Metadata) => ClientReadableStream<Reply>;

const RUNTIME = 'runtime.v1.RuntimeService';
const IMAGE = 'runtime.v1.ImageService';
const EVENTS = 'containerd.services.events.v1.Events';

const options: ClientOptions = {
  'grpc.max_receive_message_length': limits.runtimeReplyBytes,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.min_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
};

/** A gRPC channel to a CRI runtime on a unix socket. */
export class CriConnection {
  readonly #clients: ReadonlyMap<string, Client>;
  readonly #deadline: (timeoutMs: number) => number;

  /** `deadline` turns a duration into gRPC's epoch milliseconds. */
  constructor(socketPath: string, deadline: (timeoutMs: number) => number) {
    const loaded = loadPackageDefinition(
      fromJSON(descriptor as unknown as Parameters<typeof fromJSON>[0], {
        longs: Number,
        enums: String,
        defaults: true,
        keepCase: true,
      }),
    );
    this.#deadline = deadline;
    this.#clients = new Map(
      [RUNTIME, IMAGE, EVENTS].map((name) => {
        const Service = serviceAt(loaded, name);
        return [name, new Service(`unix://${socketPath}`, credentials.createInsecure(), options)];
      }),
    );
  }

  runtime(
    method: string,
    request: object,
    timeoutMs: number = limits.runtimeCallMs,
    signal?: AbortSignal,
  ): Promise<Reply> {
    return this.#call(RUNTIME, method, request, timeoutMs, signal);
  }

  image(
    method: string,
    request: object,
    timeoutMs: number = limits.runtimeCallMs,
    signal?: AbortSignal,
  ): Promise<Reply> {
    return this.#call(IMAGE, method, request, timeoutMs, signal);
  }

  /** containerd's own event stream of CRI's namespace. */
  events(filters: readonly string[]): ClientReadableStream<Reply> {
    const client = this.#clients.get(EVENTS) as unknown as Record<string, Streaming>;
    const metadata = new Metadata();
    metadata.set('containerd-namespace', 'k8s.io');
    const subscribe = client['Subscribe'] as Streaming;
    return subscribe.call(client, { filters }, metadata);
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #call(service: string, method: string, request: object, timeoutMs: number, signal?: AbortSignal): Promise<Reply> {
    const client = this.#clients.get(service) as unknown as Record<string, Unary>;
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const onAbort = (): void => call.cancel();
      const unary = client[method] as Unary;
      const call = unary.call(
        client,
        request,
        new Metadata(),
        { deadline: this.#deadline(timeoutMs) },
        (error, reply) => {
          signal?.removeEventListener('abort', onAbort);
          if (error === null) resolve(reply);
          else reject(signal?.aborted === true ? (signal.reason as Error) : failureOf(method, error));
        },
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }
}

function serviceAt(loaded: GrpcObject, dotted: string): ServiceClientConstructor {
  let at: unknown = loaded;
  for (const part of dotted.split('.')) at = (at as Record<string, unknown>)[part];
  return at as ServiceClientConstructor;
}

const kinds: Partial<Record<number, RuntimeFailureKind>> = {
  [grpcStatus.NOT_FOUND]: 'not-found',
  [grpcStatus.ALREADY_EXISTS]: 'already-exists',
  [grpcStatus.INVALID_ARGUMENT]: 'invalid',
  [grpcStatus.DEADLINE_EXCEEDED]: 'deadline',
  [grpcStatus.UNIMPLEMENTED]: 'unsupported',
};

/** What containerd says, under no code of its own, while its CRI service is still being started. */
const NOT_INITIALIZED = 'server is not initialized yet';

function failureOf(method: string, error: ServiceError): Error {
  if (error.code === grpcStatus.UNAVAILABLE || error.details.includes(NOT_INITIALIZED)) {
    return new OperatingError('unavailable', `the container runtime does not answer ${method}: ${error.details}`, {
      cause: error,
    });
  }
  return new RuntimeFailure(kinds[error.code] ?? 'other', error.details, error);
}
