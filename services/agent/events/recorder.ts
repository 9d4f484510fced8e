import type { WriteCause } from '@taffrail/controller/api-client';
import type { PlannedEvent } from '@taffrail/controller/command';
import type { Pod } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';

export type EventType = 'Normal' | 'Warning';

/** Says what happened, for `kubectl describe`. Never waits and never fails its caller. */
export interface EventRecorder {
  record(event: PlannedEvent, cause?: WriteCause): void;
}

/** What is said. */
export interface Saying {
  readonly type: EventType;
  readonly reason: string;
  readonly message: string;
}

export function recordPod(recorder: EventRecorder, pod: Pod, saying: Saying, cause: WriteCause): void {
  const { type: eventType, reason, message } = saying;
  recorder.record({ about: pod as unknown as KubeObject, eventType, reason, message }, cause);
}

/** About one container of a pod: `spec.containers{main}`. */
export function recordContainer(
  recorder: EventRecorder,
  pod: Pod,
  container: string,
  saying: Saying,
  cause: WriteCause,
): void {
  const isInit = (pod.spec?.initContainers ?? []).some(({ name }) => name === container);
  const fieldPath = `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
  const { type: eventType, reason, message } = saying;
  recorder.record({ about: pod as unknown as KubeObject, fieldPath, eventType, reason, message }, cause);
}
