import type { Container, Pod } from '@taffrail/resources/generated/types';
import type { ReferencedObjects } from '../containers/references.ts';
import { recordContainer, recordPod, type EventType } from '../events/recorder.ts';
import type { MutablePodMemory } from './mutable-memory.ts';
import type { NodeContext } from './node-context.ts';
import type { ObservedPod } from './observed-pod.ts';
import { causedBy, type PodCause } from './status-writer.ts';

/** What one action works with: the pod as it was planned, and what its runner keeps. */
export interface PodTask {
  readonly context: NodeContext;
  readonly pod: Pod;
  /** What the pod's newest change was made for, or the action itself where it is traced. */
  readonly why: PodCause;
  readonly observed: ObservedPod;
  readonly memory: MutablePodMemory;
  /** Objects the pod refers to; waits for the first answers. */
  references(): Promise<ReferencedObjects>;
  /** Tells of a sandbox or container just made, so that what the runtime says of it is heard. */
  announce(id: string): void;
  /** Ends when the agent stops; containers then go on by themselves. */
  readonly signal: AbortSignal;
}

export function sayOfPod(
  { context, pod, why }: Pick<PodTask, 'context' | 'pod' | 'why'>,
  type: EventType,
  reason: string,
  message: string,
): void {
  recordPod(context.recorder, pod, { type, reason, message }, causedBy(pod, why));
}

export function sayOfContainer(
  { context, pod, why }: Pick<PodTask, 'context' | 'pod' | 'why'>,
  container: string,
  type: EventType,
  reason: string,
  message: string,
): void {
  recordContainer(context.recorder, pod, container, { type, reason, message }, causedBy(pod, why));
}

export function containerSpec(pod: Pod, name: string): Container | undefined {
  return [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])].find((spec) => spec.name === name);
}
