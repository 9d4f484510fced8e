import { ApiFailure, type ApiClient, type WriteCause } from '@taffrail/controller/api-client';
import { causedBy } from '@taffrail/controller/cause';
import { asObject } from '@taffrail/controller/as-object';
import type { EventRecorder } from '@taffrail/controller/event-recorder';
import type { LiveView, ViewChange } from '@taffrail/controller/live-view';
import { rfc3339Seconds, type Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { traceFields } from '@taffrail/platform/traceparent';
import { noTracer, type Span, type Tracer } from '@taffrail/platform/tracer';
import type { Node, Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { bind, PODS } from './bind.ts';
import { evict } from './evict.ts';
import { nodeCache, NODES } from './node-cache.ts';
import { isBound, isFinished, isPending } from './pending.ts';
import { place } from './plan.ts';
import { mayPreempt, preempt, type Preemption } from './preempt.ts';
import { podQueue, type QueuedPod } from './pod-queue.ts';
import { schedulerMetrics } from './scheduler-metrics.ts';
import type { Snapshot } from './snapshot.ts';

export const DISRUPTION_BUDGETS = Object.freeze({ group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' });
export const NAMESPACES = Object.freeze({ group: '', version: 'v1', resource: 'namespaces' });

export interface SchedulerOptions {
  readonly live: LiveView;
  readonly client: ApiClient;
  readonly recorder: Pick<EventRecorder, 'record'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tracer?: Tracer;
  readonly metrics?: Metrics;
}

/** Finds a node for every pending pod: one decision at a time, bindings of decided ones under way beside it. */
export interface Scheduler {
  run(signal: AbortSignal): Promise<void>;
}

/**
 * Decisions are made one after the other, each on a snapshot that counts the pods decided before it, whether the log
 * shows them bound yet or not. Nothing is polled: a pod without a place waits for a change that may give it one.
 */
export function scheduler(options: SchedulerOptions): Scheduler {
  const { live, client, recorder, clock, logger, tracer = noTracer } = options;
  const queue = podQueue(clock);
  const cache = nodeCache(live.view);
  const causes = new Map<string, WriteCause>();
  /** When each pod that waits was seen pending for the first time. */
  const pendingSinceMs = new Map<string, number>();
  const bindings = new Set<Promise<void>>();
  /** Pods for which others are being made to go. */
  const evicting = new Set<string>();
  const count = schedulerMetrics(options.metrics ?? new Metrics(), queue, () => bindings.size);

  const notePod = (change: ViewChange): void => {
    const pod = change.object as unknown as Pod;
    const previous = change.previous as unknown as Pod | undefined;
    const key = keyOf(change.object);
    for (const state of [pod, previous])
      if (state !== undefined && isBound(state)) cache.changed(state.spec?.nodeName ?? '');
    if (change.deleted || isBound(pod) || isFinished(pod)) {
      cache.unassume(pod.metadata.uid ?? '');
      cache.unpromise(pod.metadata.uid ?? '');
      queue.remove(key);
      causes.delete(key);
      pendingSinceMs.delete(key);
      // Room was made, or a pod stands that others want to be near.
      if (change.deleted || isFinished(pod) || previous === undefined || !isBound(previous)) queue.retryParked();
      return;
    }
    if (!isPending(pod)) {
      queue.remove(key);
      return;
    }
    if (cache.isAssumed(pod.metadata.uid ?? '')) return;
    // What was promised before this process began still stands.
    const nominated = pod.status?.nominatedNodeName ?? '';
    if (previous === undefined && nominated !== '') cache.promise(pod, nominated);
    // Our own condition on a parked pod is no reason to try it again.
    if (queue.isParked(key) && previous !== undefined && sameDemand(pod, previous)) return;
    causes.set(key, change.cause);
    if (!pendingSinceMs.has(key)) pendingSinceMs.set(key, clock.monotonicMs());
    queue.add(queued(pod));
  };

  const noteNode = (change: ViewChange): void => {
    const node = change.object as unknown as Node;
    cache.changed(node.metadata.name ?? '');
    const before = change.previous as unknown as Node | undefined;
    if (change.deleted || before === undefined || !sameOffer(node, before)) queue.retryParked();
  };

  live.onChange((change) => {
    if (change.resource.resource === PODS.resource) notePod(change);
    else if (change.resource.resource === NODES.resource) noteNode(change);
  });

  const decide = (pod: Pod): void => {
    const startMs = clock.monotonicMs();
    const span = attemptSpan(pod);
    const snapshot = cache.snapshot(pod);
    const placement = place(pod, snapshot, labelsOf);
    count.decided(secondsSince(startMs));
    if (placement.type === 'unschedulable') {
      makeRoom(pod, snapshot);
      count.attempted('unschedulable', secondsSince(startMs));
      span?.fail(placement.message);
      span?.end();
      queue.park(queued(pod));
      tellUnschedulable(pod, placement.message);
      return;
    }
    cache.assume(pod, placement.node);
    span?.set('k8s.node.name', placement.node);
    start(bindTo(pod, placement.node, { span, startMs }));
  };

  const labelsOf = (name: string): Readonly<Record<string, string>> | undefined =>
    live.view.get(NAMESPACES, '', name)?.metadata.labels;

  /** Makes pods of lower priority go where that gives this one a place, and promises it the place. */
  const makeRoom = (pod: Pod, snapshot: Snapshot): void => {
    const uid = pod.metadata.uid ?? '';
    if (evicting.has(uid) || !mayPreempt(pod, snapshot, cache.promised(uid))) return;
    const preemption = preempt(pod, { snapshot, budgets: live.view.list(DISRUPTION_BUDGETS), labelsOf });
    if (preemption === undefined) {
      cache.unpromise(uid);
      return;
    }
    cache.promise(pod, preemption.node);
    evicting.add(uid);
    start(evictAll(pod, preemption).finally(() => evicting.delete(uid)));
  };

  const evictAll = async (pod: Pod, { node, victims }: Preemption): Promise<void> => {
    const cause = causes.get(keyOf(asObject(pod))) ?? causedBy(PODS, asObject(pod));
    const message = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
    const gone = victims.map(async (victim) => {
      try {
        await evict(client, victim, rfc3339Seconds(clock.nowMs()), cause);
        recorder.record({ about: asObject(victim), eventType: 'Normal', reason: 'Preempted', message }, cause);
      } catch (error) {
        // The pod that needs the room is tried again, and then so is this.
        logger.warn({ pod: keyOf(asObject(victim)), node, error: messageOf(error) }, 'a pod could not be made to go');
        requeueIfPending(pod);
      }
    });
    await Promise.all(gone);
  };

  const secondsSince = (startMs: number): number => (clock.monotonicMs() - startMs) / 1000;

  const attemptSpan = (pod: Pod): Span | undefined => {
    if (!tracer.on) return undefined;
    const key = keyOf(asObject(pod));
    const { traceparent = '', revision } = causes.get(key) ?? {};
    const span = tracer.begin('schedule', 'internal', traceparent);
    span.set('taffrail.key', key);
    if (revision !== undefined) span.set('taffrail.cause', revision);
    return span;
  };

  const start = (work: Promise<void>): void => {
    bindings.add(work);
    void work.finally(() => bindings.delete(work));
  };

  const bindTo = async (pod: Pod, node: string, { span, startMs }: Attempt): Promise<void> => {
    const key = keyOf(asObject(pod));
    const known = causes.get(key) ?? causedBy(PODS, asObject(pod));
    const cause = span === undefined ? known : { ...known, traceparent: span.traceparent };
    const sinceMs = pendingSinceMs.get(key);
    try {
      await bind(client, pod, node, cause);
      count.attempted('scheduled', secondsSince(startMs));
      if (sinceMs !== undefined) count.placed(secondsSince(sinceMs));
      const message = `Successfully assigned ${key} to ${node}`;
      recorder.record({ about: asObject(pod), eventType: 'Normal', reason: 'Scheduled', message }, cause);
    } catch (error) {
      count.attempted('error', secondsSince(startMs));
      span?.fail(messageOf(error));
      cache.unassume(pod.metadata.uid ?? '');
      queue.retryParked();
      // Gone, or bound by someone else: the log will show it.
      if (error instanceof ApiFailure && (error.code === 404 || error.code === 409)) {
        logger.info({ pod: key, node, error: messageOf(error), ...traceFields(cause.traceparent) }, CHANGED_MEANWHILE);
        requeueIfPending(pod);
        return;
      }
      logger.warn({ pod: key, node, error: messageOf(error), ...traceFields(cause.traceparent) }, 'binding failed');
      requeueIfPending(pod);
    } finally {
      span?.end();
    }
  };

  /** After its back-off, if the view still shows the pod pending then. */
  const requeueIfPending = (pod: Pod): void => {
    const seen = live.view.get<Pod>(PODS, pod.metadata.namespace ?? '', pod.metadata.name ?? '');
    if (seen !== undefined && isPending(seen)) queue.retryLater(queued(seen));
  };

  const tellUnschedulable = (pod: Pod, message: string): void => {
    const cause = causes.get(keyOf(asObject(pod)));
    recorder.record({ about: asObject(pod), eventType: 'Warning', reason: 'FailedScheduling', message }, cause);
    const present = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
    const told = present?.status === 'False' && present.reason === 'Unschedulable' && present.message === message;
    if (told && (pod.status?.nominatedNodeName ?? '') === (cache.promised(pod.metadata.uid ?? '') ?? '')) return;
    start(writeCondition(pod, message, present?.status === 'False' ? present.lastTransitionTime : undefined));
  };

  const writeCondition = async (pod: Pod, message: string, sinceTime: string | undefined): Promise<void> => {
    const { namespace = '', name = '', uid } = pod.metadata;
    const lastTransitionTime = sinceTime ?? rfc3339Seconds(clock.nowMs());
    const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message, lastTransitionTime };
    const cause = causes.get(keyOf(asObject(pod))) ?? causedBy(PODS, asObject(pod));
    try {
      const nominatedNodeName = cache.promised(uid ?? '') ?? null;
      const patch = { metadata: { uid }, status: { conditions: [condition], nominatedNodeName } };
      await client.patch(PODS, namespace, name, patch, { type: 'strategic', subresource: 'status', cause });
    } catch (error) {
      // The pod is tried again in any case, and then says so again.
      logger.info({ pod: `${namespace}/${name}`, error: messageOf(error) }, 'the condition could not be written');
    }
  };

  return {
    async run(signal) {
      try {
        for (;;) {
          await queue.wait(signal);
          const key = queue.next();
          const pod = key === undefined ? undefined : podAt(live, key);
          if (pod === undefined || !isPending(pod) || cache.isAssumed(pod.metadata.uid ?? '')) continue;
          decide(pod);
          while (bindings.size >= limits.bindingConcurrency) await Promise.race(bindings);
        }
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        queue.close();
        await Promise.allSettled(bindings);
      }
    },
  };
}

/** One attempt to find a place. */
interface Attempt {
  readonly span: Span | undefined;
  readonly startMs: number;
}

const CHANGED_MEANWHILE = 'a pod changed before it was bound';

function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}/${object.metadata.name ?? ''}`;
}

function podAt(live: LiveView, key: string): Pod | undefined {
  const slash = key.indexOf('/');
  return live.view.get<Pod>(PODS, key.slice(0, slash), key.slice(slash + 1));
}

function queued(pod: Pod): QueuedPod {
  return { key: keyOf(asObject(pod)), priority: pod.spec?.priority ?? 0 };
}

/** Whether two states of a pod ask for the same place. */
function sameDemand(a: Pod, b: Pod): boolean {
  return (
    a.metadata.uid === b.metadata.uid &&
    JSON.stringify([a.spec, a.metadata.labels]) === JSON.stringify([b.spec, b.metadata.labels])
  );
}

/** Whether two states of a node offer the same: reports that a node is alive change nothing. */
function sameOffer(a: Node, b: Node): boolean {
  const offer = (node: Node): string => JSON.stringify([node.spec, node.metadata.labels, node.status?.allocatable]);
  return offer(a) === offer(b);
}
