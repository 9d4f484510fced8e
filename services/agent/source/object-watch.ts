import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { ApiFailure, type ApiClient, type ResourceName } from '@taffrail/controller/api-client';
import type { KubeObject } from '@taffrail/resources/object';

export interface ObjectWatchOptions {
  readonly client: Pick<ApiClient, 'get' | 'watch'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/**
 * Follows one object by name until the signal is aborted: `onState` hears what the API has (undefined: no such object),
 * first after the first answer and then after each change. While the API is away the last state stands.
 */
export async function watchObject(
  options: ObjectWatchOptions,
  resource: ResourceName,
  namespace: string,
  name: string,
  onState: (object: KubeObject | undefined) => void,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock, random, logger } = options;
  const retry = backoff(random, limits.retryMinimumMs, limits.retryMaximumMs);
  while (!signal.aborted) {
    try {
      const found = await getOrUndefined(client, resource, namespace, name, signal);
      onState(found);
      retry.reset();
      const query = {
        fieldSelector: `metadata.name=${name}`,
        ...(found?.metadata.resourceVersion === undefined ? {} : { resourceVersion: found.metadata.resourceVersion }),
        timeoutSeconds: String(limits.referencedObjectRefreshMs / 1000),
      };
      for await (const { type, object } of client.watch<KubeObject>(resource, namespace, query, signal)) {
        if (type === 'BOOKMARK' || object.metadata.name !== name || object.metadata.namespace !== namespace) continue;
        onState(type === 'DELETED' ? undefined : object);
      }
    } catch (error) {
      if (signal.aborted) return;
      // 410: too old a revision to go on from; the next turn asks for the object itself.
      if (error instanceof ApiFailure && error.code === 410) continue;
      logger.debug(
        { resource: resource.resource, namespace, name, error: messageOf(error) },
        'cannot follow an object',
      );
      await clock.sleep(retry.nextMs(), signal).catch(() => undefined);
    }
  }
}

async function getOrUndefined(
  client: Pick<ApiClient, 'get'>,
  resource: ResourceName,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(resource, namespace, name, signal);
  } catch (error) {
    if (error instanceof ApiFailure && error.code === 404) return undefined;
    throw error;
  }
}
