import type { Container, ObjectReference, Pod } from '@taffrail/resources/generated/types';
import type { ReferencedObjects } from '../containers/references.ts';
import type { EventType } from '../events/recorder.ts';
import type { MutablePodMemory } from './mutable-memory.ts';
import type { NodeContext } from './node-context.ts';
import type { ObservedPod } from './observed-pod.ts';

/** What one action works with: the pod as it was planned, and what its runner keeps. */
export interface PodTask {
  readonly context: NodeContext;
  readonly pod: Pod;
  readonly observed: ObservedPod;
  readonly memory: MutablePodMemory;
  /** Objects the pod refers to; waits for the first answers. */
  references(): Promise<ReferencedObjects>;
  /** Ends when the agent stops; containers then go on by themselves. */
  readonly signal: AbortSignal;
}

export const podReference = (pod: Pod): ObjectReference => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: pod.metadata.name ?? '',
  namespace: pod.metadata.namespace ?? '',
  uid: pod.metadata.uid ?? '',
  ...(pod.metadata.resourceVersion === undefined ? {} : { resourceVersion: pod.metadata.resourceVersion }),
});

/** A container of a pod as an Event names it: `spec.containers{main}`. */
export function containerReference(pod: Pod, container: string): ObjectReference {
  const isInit = (pod.spec?.initContainers ?? []).some(({ name }) => name === container);
  return { ...podReference(pod), fieldPath: `spec.${isInit ? 'initContainers' : 'containers'}{${container}}` };
}

export function recordPod(
  task: Pick<PodTask, 'context' | 'pod'>,
  type: EventType,
  reason: string,
  message: string,
): void {
  task.context.recorder.record(podReference(task.pod), type, reason, message);
}

export function recordContainer(
  task: Pick<PodTask, 'context' | 'pod'>,
  container: string,
  type: EventType,
  reason: string,
  message: string,
): void {
  task.context.recorder.record(containerReference(task.pod, container), type, reason, message);
}

export function containerSpec(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find((spec) => spec.name === name);
}
