import { backoff } from '@taffrail/platform/backoff';
import { parseRevision, type Revision } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ApiClient, type ResourceName, type WatchEvent } from './api-client.ts';
import { resourceText } from './api-path.ts';
import { causedBy } from './cause.ts';
import type { Source, SourceSink } from './source.ts';

export interface WatchSourceOptions {
  readonly client: ApiClient;
  readonly resource: ResourceName;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Selectors for both list and watch, e.g. `{ fieldSelector: 'spec.nodeName=n1' }`. */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * List and watch of one resource over HTTP. A watch that ends is taken up again from the last revision; only when the
 * server no longer knows that revision (410) is the resource listed again.
 */
export function watchSource(options: WatchSourceOptions): Source {
  const { client, resource, clock, logger } = options;
  const delay = backoff(options.random, limits.retryMinimumMs, limits.retryMaximumMs);
  /** Whether the server is known to be away: said once, not at every try. */
  let away = false;
  const complain = (error: unknown, what: string): void => {
    logger[away ? 'debug' : 'warn']({ resource: resourceText(resource), error: messageOf(error) }, what);
    away = true;
  };

  /** Watches from `from`; answers the last revision delivered, or undefined when it has to be listed again. */
  const watchOnce = async (sink: SourceSink, from: Revision, signal: AbortSignal): Promise<Revision | undefined> => {
    let last = from;
    const query = { ...options.query, resourceVersion: String(from), allowWatchBookmarks: 'true' };
    try {
      for await (const event of client.watch<KubeObject>(resource, '', query, signal)) {
        last = deliver(sink, resource, event);
        delay.reset();
        away = false;
      }
    } catch (error) {
      if (error instanceof ApiFailure && error.code === 410) return undefined;
      if (signal.aborted) return last;
      complain(error, 'watch broke off; trying again');
      await pause(delay.nextMs(), signal);
    }
    return last;
  };

  const listOnce = async (sink: SourceSink, signal: AbortSignal): Promise<Revision | undefined> => {
    try {
      const { revision, items } = await client.list(resource, '', options.query ?? {}, signal);
      sink.replace(resource, items, revision);
      delay.reset();
      away = false;
      return revision;
    } catch (error) {
      if (signal.aborted) return undefined;
      complain(error, 'cannot list yet; trying again');
      await pause(delay.nextMs(), signal);
      return undefined;
    }
  };

  const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
    try {
      await clock.sleep(ms, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  };

  return {
    resources: [resource],
    async run(sink, signal) {
      let at: Revision | undefined;
      while (!signal.aborted) {
        at = at === undefined ? await listOnce(sink, signal) : await watchOnce(sink, at, signal);
      }
    },
  };
}

function deliver(sink: SourceSink, resource: ResourceName, event: WatchEvent<KubeObject>): Revision {
  const at = parseRevision(event.object.metadata.resourceVersion ?? '');
  if (at === undefined) {
    throw new OperatingError('protocol', `a watch event of ${resource.resource} carries no resourceVersion`);
  }
  if (event.type === 'BOOKMARK') {
    sink.progress(resource, at);
  } else {
    const deleted = event.type === 'DELETED';
    sink.change({ resource, deleted, object: event.object, revision: at, cause: causedBy(resource, event.object) });
  }
  return at;
}
