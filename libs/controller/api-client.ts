import type { KubeObject } from '@taffrail/resources/object';
import type { Revision } from '@taffrail/platform/brand';

/** A resource as a client names it. */
export interface ResourceName {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** Why a write is made: sent along so that the log can tell (headers `Taffrail-Cause`, `Taffrail-Correlation`, `traceparent`). */
export interface WriteCause {
  readonly revision?: Revision;
  readonly correlation?: string;
  readonly traceparent?: string;
}

export interface WatchEvent<T> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: T;
}

/**
 * A client of the Kubernetes API over one HTTP/2 connection, used by controllers, scheduler, agent and CLI.
 * Every method throws ApiFailure for an answer that is a Status, OperatingError `unavailable` when no server answers.
 */
export interface ApiClient {
  get<T = KubeObject>(resource: ResourceName, namespace: string, name: string, signal?: AbortSignal): Promise<T>;
  list<T = KubeObject>(
    resource: ResourceName,
    namespace: string,
    query?: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<{ readonly revision: Revision; readonly items: readonly T[] }>;
  /** Streams until the server ends it or the signal is aborted. */
  watch<T = KubeObject>(
    resource: ResourceName,
    namespace: string,
    query: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>>;
  create<T = KubeObject>(
    resource: ResourceName,
    namespace: string,
    object: unknown,
    cause?: WriteCause,
    subresource?: { readonly name: string; readonly of: string },
  ): Promise<T>;
  update<T = KubeObject>(
    resource: ResourceName,
    namespace: string,
    name: string,
    object: unknown,
    cause?: WriteCause,
    subresource?: string,
  ): Promise<T>;
  patch<T = KubeObject>(
    resource: ResourceName,
    namespace: string,
    name: string,
    patch: unknown,
    options: {
      readonly type: 'merge' | 'strategic' | 'json';
      readonly subresource?: string;
      readonly cause?: WriteCause;
    },
  ): Promise<T>;
  delete(resource: ResourceName, namespace: string, name: string, options?: unknown, cause?: WriteCause): Promise<void>;
  /** Deletes every object of a namespace (of the cluster for ''), or those a query selects, page by page. */
  deleteCollection(
    resource: ResourceName,
    namespace: string,
    query?: Readonly<Record<string, string>>,
    cause?: WriteCause,
  ): Promise<void>;
  /** Any request; used by the CLI. */
  request(
    method: string,
    path: string,
    body?: Uint8Array | string,
    headers?: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<{
    readonly status: number;
    readonly body: Buffer;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  }>;
  close(): void;
}

/** An answer of the server that is a `metav1.Status` failure. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  readonly code: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | undefined;
  constructor(code: number, reason: string, message: string, retryAfterSeconds?: number) {
    super(message);
    this.code = code;
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
