import { backoff, type Backoff } from '@taffrail/platform/backoff';
import { revisionOf, sequenceOf, type Revision, type Sequence } from '@taffrail/platform/brand';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { Commit } from '@taffrail/log/commit';
import type { LogEvent } from '@taffrail/log/event';
import { spliceResourceVersion } from '@taffrail/log/object-bytes';
import type { KubeObject } from '@taffrail/resources/object';
import type { ApiClient, ResourceName } from './api-client.ts';
import { resourceText } from './api-path.ts';
import type { Source, SourceSink } from './source.ts';

/** Where following begins: at the first commit wanted, or behind one whose hash is known. */
export type FollowStart =
  | { readonly at: 'first'; readonly sequence: Sequence }
  | { readonly at: 'after'; readonly sequence: Sequence; readonly hash: string; readonly timeMs: number };

/** Follows the log: commits in order, contiguity and hash chain checked (`readVerified` of libs/log). */
export type FollowLog = (start: FollowStart, signal: AbortSignal) => AsyncIterable<Commit>;

export interface LogSourceOptions {
  readonly client: ApiClient;
  readonly follow: FollowLog;
  readonly resources: readonly ResourceName[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The log itself. Each resource is listed once over HTTP, which is far less than the whole history, and from the oldest
 * of those lists on the log is followed: one total order for all resources. An event is folded only when it is newer
 * than its resource's list. Events of other resources are passed over unparsed.
 */
export function logSource(options: LogSourceOptions): Source {
  const { client, clock, logger, resources } = options;
  const delay = backoff(options.random, limits.retryMinimumMs, limits.retryMaximumMs);

  const list = async (sink: SourceSink, resource: ResourceName, signal: AbortSignal): Promise<Revision> => {
    const between = backoff(options.random, limits.retryMinimumMs, limits.retryMaximumMs);
    for (;;) {
      try {
        const { revision, items } = await client.list(resource, '', {}, signal);
        sink.replace(resource, items, revision);
        return revision;
      } catch (error) {
        await waitAfter(error, between, signal, `cannot list ${resourceText(resource)} yet; trying again`);
      }
    }
  };

  /** Whether a server is known to be away: said once, not at every try. */
  let away = false;
  const waitAfter = async (error: unknown, between: Backoff, signal: AbortSignal, what: string): Promise<void> => {
    signal.throwIfAborted();
    logger[away ? 'debug' : 'warn']({ error: messageOf(error) }, what);
    away = true;
    await clock.sleep(between.nextMs(), signal);
  };

  const followFrom = async (sink: SourceSink, listed: ReadonlyMap<string, Listed>, signal: AbortSignal) => {
    const revisions = [...listed.values()].map((entry) => entry.at);
    // The commit that holds the oldest list's revision is read once more; its older events are skipped.
    const first = sequenceOf(revisions.reduce((least, at) => (at < least ? at : least)));
    let start: FollowStart = { at: 'first', sequence: first };
    for (;;) {
      try {
        for await (const commit of options.follow(start, signal)) {
          fold(sink, listed, commit);
          start = { at: 'after', sequence: commit.sequence, hash: commit.hash, timeMs: commit.timeMs };
          delay.reset();
          away = false;
        }
        signal.throwIfAborted();
      } catch (error) {
        if (error instanceof OperatingError && !error.retryable) throw error;
        await waitAfter(error, delay, signal, 'the log cannot be followed for now; trying again');
      }
    }
  };

  return {
    resources,
    async run(sink, signal) {
      try {
        const listed = new Map<string, Listed>();
        await Promise.all(
          resources.map(async (resource) => {
            listed.set(resourceText(resource), { resource, at: await list(sink, resource, signal) });
          }),
        );
        await followFrom(sink, listed, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    },
  };
}

interface Listed {
  readonly resource: ResourceName;
  readonly at: Revision;
}

function fold(sink: SourceSink, listed: ReadonlyMap<string, Listed>, commit: Commit): void {
  for (const event of commit.events) {
    const entry = listed.get(resourceText(event));
    if (entry === undefined || event.revision <= entry.at) continue;
    sink.change({
      resource: entry.resource,
      deleted: event.verb === 'deleted',
      object: objectOf(event),
      revision: event.revision,
      cause: {
        revision: event.revision,
        correlation: event.cause.correlation,
        traceparent: event.cause.traceparent,
      },
    });
  }
  const end = revisionOf(commit.sequence, Math.max(commit.events.length - 1, 0));
  for (const { resource, at } of listed.values()) if (end > at) sink.progress(resource, end);
}

function objectOf(event: LogEvent): KubeObject {
  return JSON.parse(spliceResourceVersion(event.object, event.revision).toString('utf8')) as KubeObject;
}
