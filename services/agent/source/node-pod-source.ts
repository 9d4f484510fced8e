import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { ApiClient } from '@taffrail/controller/api-client';
import type { FeedItem, Follower } from '@taffrail/feed/feed';
import type { Pod } from '@taffrail/resources/generated/types';
import { PODS, type PodCause } from '../pod-sync/status-writer.ts';

/** Who is told of this node's pods. */
export interface PodSink {
  replaceAll(pods: readonly Pod[]): void;
  /** `why` is the chain of causes the event belongs to; a list knows none. */
  upsert(pod: Pod, why?: PodCause): void;
  remove(pod: Pod, why?: PodCause): void;
}

export interface NodePodSourceOptions {
  readonly client: Pick<ApiClient, 'list'>;
  readonly follower: Follower;
  readonly nodeName: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * The pods of one node: listed over HTTP whenever the feed says that events may have been missed, and followed on the
 * node's own subject in between. Events that the list already holds are left out by their revision.
 */
export async function followNodePods(options: NodePodSourceOptions, sink: PodSink, signal: AbortSignal): Promise<void> {
  const { follower, logger } = options;
  let listedAt = 0;
  for await (const item of follower.items(signal)) {
    if (signal.aborted) return;
    if (item.type === 'relist') {
      const answer = await listUntilAnswered(options, signal);
      if (answer === undefined) return;
      listedAt = answer.revision;
      sink.replaceAll(answer.items);
      logger.info({ pods: answer.items.length, revision: listedAt }, 'pods of this node listed');
    } else if (item.event.revision > listedAt) {
      deliver(item, sink);
    }
  }
}

function deliver({ event }: FeedItem & { readonly type: 'event' }, sink: PodSink): void {
  const pod = JSON.parse(Buffer.from(event.body).toString('utf8')) as Pod;
  const { correlation, traceparent } = event;
  const why = { ...(correlation === '' ? {} : { correlation }), traceparent };
  if (event.verb === 'deleted') sink.remove(pod, why);
  else sink.upsert(pod, why);
}

/** Undefined when the signal was aborted first. */
async function listUntilAnswered(
  { client, nodeName, clock, random, logger }: NodePodSourceOptions,
  signal: AbortSignal,
): Promise<{ readonly revision: number; readonly items: readonly Pod[] } | undefined> {
  const retry = backoff(random, limits.retryMinimumMs, limits.retryMaximumMs);
  while (!signal.aborted) {
    try {
      return await client.list<Pod>(PODS, '', { fieldSelector: `spec.nodeName=${nodeName}` }, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      logger.warn({ error: messageOf(error) }, 'the pods of this node cannot be listed yet');
      await clock.sleep(retry.nextMs(), signal).catch(() => undefined);
    }
  }
  return undefined;
}
