import { parseRevision, type Revision } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { Metrics } from '@taffrail/platform/metrics';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import { isJsonObject } from '@taffrail/resources/json';
import type { ApiClient, ResourceName, WatchEvent, WriteCause } from './api-client.ts';
import { apiPath, withQuery } from './api-path.ts';
import { apiFailure, watchFailure } from './api-status.ts';
import { clientObserver } from './client-observer.ts';
import { openExchange, readBody, withinRequestTime, type HttpRequest } from './http-exchange.ts';
import { http2Connection, type ApiEndpoint } from './http2-connection.ts';
import { linesOf } from './line-stream.ts';

export interface HttpApiClientOptions {
  readonly endpoint: ApiEndpoint;
  readonly clock: Clock;
  /** `name/version` of the program, as the log will show it. */
  readonly userAgent: string;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
}

const PATCH_TYPES = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
} as const;

/**
 * The API over one HTTP/2 connection that is made again when it is lost. Answers 429 and 503 that name a Retry-After
 * are waited out and asked again, within bounds: the server has not acted on those.
 */
export function httpApiClient(options: HttpApiClientOptions): ApiClient {
  const { clock, endpoint, userAgent } = options;
  const connection = http2Connection(endpoint, clock);
  const { tracer = noTracer, metrics = new Metrics() } = options;
  const observer = clientObserver(metrics, tracer, clock, new URL(endpoint.server).host);
  const prefix = new URL(endpoint.server).pathname.replace(/\/$/, '');
  const common: Readonly<Record<string, string>> = {
    accept: 'application/json',
    'user-agent': userAgent,
    ...(endpoint.bearerToken === undefined ? {} : { authorization: `Bearer ${endpoint.bearerToken}` }),
  };

  const exchange = (request: HttpRequest, signal: AbortSignal | undefined) =>
    withinRequestTime(clock, signal, async (within) => {
      const answer = await openExchange(connection, request, within);
      const stop = (): void => {
        answer.stream.destroy();
      };
      within.addEventListener('abort', stop, { once: true });
      try {
        return { ...answer, body: await readBody(answer, limits.apiResponseBytes) };
      } catch (error) {
        within.throwIfAborted();
        throw error;
      } finally {
        within.removeEventListener('abort', stop);
      }
    });

  const ask = async (
    method: string,
    path: string,
    document?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<unknown> => {
    const request: HttpRequest = {
      method,
      path: prefix + path,
      headers: { ...common, ...(document === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(document === undefined ? {} : { body: JSON.stringify(document) }),
    };
    for (let attempt = 0; ; attempt++) {
      const answer = await observer.exchange(request, (traced) => exchange(traced, signal));
      if (answer.status < 400) return parseAnswer(answer.body);
      const failure = apiFailure(answer.status, answer.body.toString('utf8'), answer.headers['retry-after']);
      const waitable = (failure.code === 429 || failure.code === 503) && failure.retryAfterSeconds !== undefined;
      if (!waitable || attempt >= limits.apiRetriesCount) throw failure;
      await clock.sleep(Math.min((failure.retryAfterSeconds ?? 1) * 1000, limits.apiRetryAfterMs), signal);
    }
  };

  return {
    get: async <T>(resource: ResourceName, namespace: string, name: string, signal?: AbortSignal) =>
      (await ask('GET', apiPath(resource, namespace, name), undefined, {}, signal)) as T,

    async list<T>(
      resource: ResourceName,
      namespace: string,
      query: Readonly<Record<string, string>> = {},
      signal?: AbortSignal,
    ) {
      const answer = await ask('GET', withQuery(apiPath(resource, namespace), query), undefined, {}, signal);
      return readList<T>(answer, resource);
    },

    async *watch<T>(
      resource: ResourceName,
      namespace: string,
      query: Readonly<Record<string, string>>,
      signal: AbortSignal,
    ) {
      const path = withQuery(apiPath(resource, namespace), { ...query, watch: 'true' });
      const answer = await openExchange(connection, { method: 'GET', path: prefix + path, headers: common }, signal);
      if (answer.status >= 400) {
        const body = await readBody(answer, limits.apiStatusBytes);
        throw apiFailure(answer.status, body.toString('utf8'), answer.headers['retry-after']);
      }
      try {
        for await (const line of linesOf(answer.body.chunks(), limits.watchLineBytes)) {
          yield readWatchEvent<T>(line);
        }
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },

    create: async <T>(
      resource: ResourceName,
      namespace: string,
      object: unknown,
      cause?: WriteCause,
      subresource?: { readonly name: string; readonly of: string },
    ) => {
      const path = apiPath(resource, namespace, subresource?.of, subresource?.name);
      return (await ask('POST', path, object, causeHeaders(cause))) as T;
    },

    update: async <T>(
      resource: ResourceName,
      namespace: string,
      name: string,
      object: unknown,
      cause?: WriteCause,
      subresource?: string,
    ) => (await ask('PUT', apiPath(resource, namespace, name, subresource), object, causeHeaders(cause))) as T,

    patch: async <T>(
      resource: ResourceName,
      namespace: string,
      name: string,
      patch: unknown,
      how: {
        readonly type: 'merge' | 'strategic' | 'json';
        readonly subresource?: string;
        readonly cause?: WriteCause;
      },
    ) => {
      const headers = { ...causeHeaders(how.cause), 'content-type': PATCH_TYPES[how.type] };
      return (await ask('PATCH', apiPath(resource, namespace, name, how.subresource), patch, headers)) as T;
    },

    async delete(resource, namespace, name, deleteOptions, cause) {
      await ask('DELETE', apiPath(resource, namespace, name), deleteOptions, causeHeaders(cause));
    },

    async deleteCollection(resource, namespace, query = {}, cause) {
      const headers = { ...causeHeaders(cause), accept: METADATA_LIST };
      let next: string | undefined;
      do {
        const page = { limit: String(limits.deleteCollectionCount), ...(next === undefined ? {} : { continue: next }) };
        const path = withQuery(apiPath(resource, namespace), { ...query, ...page });
        next = continueOf(await ask('DELETE', path, undefined, headers));
      } while (next !== undefined);
    },

    async request(method, path, body, headers = {}, signal) {
      const request = { method, path: prefix + path, headers: { ...common, ...headers } };
      const answer = await exchange(body === undefined ? request : { ...request, body }, signal);
      return { status: answer.status, body: answer.body, headers: answer.headers };
    },

    close: () => connection.close(),
  };
}

/** Accepts a list of metadata alone: of what was deleted nobody wants to read more than where to go on. */
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** Where a list goes on; undefined at its end. */
export function continueOf(answer: unknown): string | undefined {
  const metadata = isJsonObject(answer) ? answer['metadata'] : undefined;
  const token = isJsonObject(metadata) ? metadata['continue'] : undefined;
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** The headers that tell the log why a write is made. */
export function causeHeaders(cause: WriteCause | undefined): Record<string, string> {
  if (cause === undefined) return {};
  return {
    ...(cause.revision === undefined ? {} : { 'taffrail-cause': String(cause.revision) }),
    ...(cause.correlation === undefined ? {} : { 'taffrail-correlation': cause.correlation }),
    ...(cause.traceparent === undefined || cause.traceparent === '' ? {} : { traceparent: cause.traceparent }),
  };
}

function parseAnswer(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new OperatingError('protocol', 'the API server answered with something that is not JSON', { cause: error });
  }
}

function readList<T>(
  answer: unknown,
  resource: ResourceName,
): { readonly revision: Revision; readonly items: readonly T[] } {
  const list = isJsonObject(answer) ? answer : {};
  const metadata = isJsonObject(list['metadata']) ? list['metadata'] : {};
  const { resourceVersion } = metadata;
  const at = typeof resourceVersion === 'string' ? parseRevision(resourceVersion) : undefined;
  const { kind } = list;
  if (at === undefined || typeof kind !== 'string' || !kind.endsWith('List')) {
    throw new OperatingError(
      'protocol',
      `the API server's list of ${resource.resource} has no resourceVersion or kind`,
    );
  }
  // Items of a list carry no apiVersion and kind of their own; everything behind this client relies on them.
  const type = { apiVersion: list['apiVersion'], kind: kind.slice(0, -'List'.length) };
  const items = Array.isArray(list['items']) ? (list['items'] as readonly object[]) : [];
  return { revision: at, items: items.map((item) => ({ ...type, ...item }) as T) };
}

function readWatchEvent<T>(line: string): WatchEvent<T> {
  const event = parseAnswer(Buffer.from(line));
  const { type, object } = isJsonObject(event) ? event : {};
  if (type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED' || type === 'BOOKMARK') {
    return { type, object: object as T };
  }
  if (type === 'ERROR') throw watchFailure(object);
  throw new OperatingError('protocol', `the watch sent something that is no event: ${line.slice(0, 200)}`);
}
