import { assert } from '@taffrail/platform/assert';
import type { Clock } from '@taffrail/platform/clock';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import type { KubeObject } from '@taffrail/resources/object';
import type { ApiClient, ResourceName } from './api-client.ts';
import { resourceText } from './api-path.ts';
import type { Controller, Follow, ViewIndex } from './controller.ts';
import { controllerLoop } from './controller-loop.ts';
import { eventRecorder } from './event-recorder.ts';
import { liveView, type ViewedResource } from './live-view.ts';
import type { Source } from './source.ts';
import { measureView } from './view-metrics.ts';

export interface RuntimeOptions {
  readonly controllers: readonly Controller[];
  readonly client: ApiClient;
  /** Makes the sources of the resources the controllers follow; every resource belongs to exactly one. */
  sources(resources: readonly ResourceName[]): readonly Source[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
  /** Called once every followed resource has been listed and the controllers begin to work. */
  onReady?(): void;
}

/**
 * Runs controllers over one shared view until the signal is aborted. Rejects when the log is damaged or a controller
 * broke an invariant; everything else (lost servers, refused writes) is waited out and tried again.
 */
export async function runControllers(options: RuntimeOptions, signal: AbortSignal): Promise<void> {
  const { controllers, client, clock, random, logger, tracer = noTracer, metrics = new Metrics() } = options;
  const resources = followedResources(controllers);
  const viewed = new Set(resources.map(({ resource }) => resourceText(resource)));
  const live = liveView(resources, collectIndexes(controllers), clock);
  measureView(metrics, live.view, resources);
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);

  const loops = controllers.map((controller) => {
    const recorder = eventRecorder({ client, clock, random, logger, component: controller.name });
    const record = recorder.record;
    const shared = { client, clock, random, logger, tracer, metrics };
    return { recorder, loop: controllerLoop({ controller, live, viewed, record, ...shared }) };
  });
  live.onChange((change) => {
    for (const { loop } of loops) loop.notice(change);
  });

  const work = async (): Promise<void> => {
    await live.until(live.synced, within);
    logger.info({ controllers: controllers.length, resources: resources.length }, 'view complete, controllers at work');
    options.onReady?.();
    await Promise.all(loops.map(({ loop }) => loop.run(within)));
  };
  const parts = [
    work(),
    ...options.sources(resources.map(({ resource }) => resource)).map((source) => source.run(live.sink, within)),
    ...loops.map(({ recorder }) => recorder.run(within)),
  ];
  try {
    await Promise.all(parts);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort(signal.reason);
    await Promise.allSettled(parts);
  }
}

/** Every followed resource once; of each object as much as the follower that wants most. */
export function followedResources(controllers: readonly Controller[]): readonly ViewedResource[] {
  const followers = new Map<string, Follow[]>();
  for (const follow of controllers.flatMap((controller) => controller.follows)) {
    const text = resourceText(follow.resource);
    followers.set(text, [...(followers.get(text) ?? []), follow]);
  }
  return [...followers.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const wantsAll = [first, ...others].map(
      ({ part }) =>
        (object: KubeObject) =>
          part === undefined || (part !== 'metadata' && part(object) === 'all'),
    );
    const part = (object: KubeObject) => (wantsAll.some((wants) => wants(object)) ? 'all' : 'metadata');
    return [{ resource: first.resource, part }];
  });
}

/** All indexes; one that several controllers declare must be the same one. */
export function collectIndexes(controllers: readonly Controller[]): readonly ViewIndex[] {
  const found = new Map<string, ViewIndex>();
  for (const index of controllers.flatMap((controller) => controller.indexes ?? [])) {
    const text = `${resourceText(index.resource)} ${index.name}`;
    const other = found.get(text);
    assert(other === undefined || other.values === index.values, `two different indexes are called ${text}`);
    found.set(text, index);
  }
  return [...found.values()];
}
