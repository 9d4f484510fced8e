import type { PlannedEvent } from '@taffrail/controller/command';
import type { Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';

export type EventType = 'Normal' | 'Warning';

/** Says what happened, for `kubectl describe`. Never waits and never fails its caller. */
export interface EventRecorder {
  record(event: PlannedEvent): void;
}

export function recordPod(
  recorder: EventRecorder,
  pod: Pod,
  eventType: EventType,
  reason: string,
  message: string,
): void {
  recorder.record({ about: pod as unknown as KubeObject, eventType, reason, message });
}

/** About one container of a pod: `spec.containers{main}`. */
export function recordContainer(
  recorder: EventRecorder,
  pod: Pod,
  container: string,
  eventType: EventType,
  reason: string,
  message: string,
): void {
  const isInit = (pod.spec?.initContainers ?? []).some(({ name }) => name === container);
  const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
  recorder.record({ about: pod as unknown as KubeObject, fieldPath, eventType, reason, message });
}
