import type { ApiClient, ResourceName } from '@taffrail/controller/api-client';
import { eventRecorder } from '@taffrail/controller/event-recorder';
import { liveView, type ViewedResource } from '@taffrail/controller/live-view';
import type { Source } from '@taffrail/controller/source';
import { measureView } from '@taffrail/controller/view-metrics';
import type { Clock } from '@taffrail/platform/clock';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import { noTracer, type Tracer } from '@taffrail/platform/tracer';
import type { Pod } from '@taffrail/resources/generated/types';
import { PODS } from './bind.ts';
import { NODES, podsOfNode } from './node-cache.ts';
import { isFinished } from './pending.ts';
import { DISRUPTION_BUDGETS, NAMESPACES, scheduler } from './scheduler.ts';

export interface RunSchedulerOptions {
  readonly client: ApiClient;
  sources(resources: readonly ResourceName[]): readonly Source[];
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
}

/** A finished pod holds nothing any more: of it no more than its name is kept. */
const VIEWED = Object.freeze<ViewedResource[]>([
  { resource: PODS, part: (object) => (isFinished(object as unknown as Pod) ? 'metadata' : 'all') },
  { resource: NODES, part: () => 'all' },
  { resource: NAMESPACES, part: () => 'metadata' },
  { resource: DISRUPTION_BUDGETS, part: () => 'all' },
]);

/** Runs the scheduler until the signal is aborted. Rejects only for what no retry can mend. */
export async function runScheduler(options: RunSchedulerOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, random, logger, tracer = noTracer, metrics = new Metrics() } = options;
  const live = liveView(VIEWED, [podsOfNode], clock);
  const recorder = eventRecorder({ client, clock, random, logger, component: 'default-scheduler' });
  const decides = scheduler({ live, client, recorder, clock, logger, tracer, metrics });
  measureView(metrics, live.view, VIEWED);
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);
  const work = async (): Promise<void> => {
    await live.until(live.synced, within);
    logger.info('view complete, scheduling');
    await decides.run(within);
  };
  const resources = VIEWED.map(({ resource }) => resource);
  const parts = [
    work(),
    recorder.run(within),
    ...options.sources(resources).map((source) => source.run(live.sink, within)),
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
