import type { Pod } from '@taffrail/resources/generated/types';

const OWN_NAME = 'default-scheduler';

/** Whether a pod waits for this scheduler: not bound, not ending, not gated, not meant for another one. */
export function isPending(pod: Pod): boolean {
  return (
    !isBound(pod) &&
    !isFinished(pod) &&
    pod.metadata.deletionTimestamp === undefined &&
    (pod.spec?.schedulerName ?? OWN_NAME) === OWN_NAME &&
    (pod.spec?.schedulingGates ?? []).length === 0
  );
}

export function isBound(pod: Pod): boolean {
  return (pod.spec?.nodeName ?? '') !== '';
}

/** Whether a pod has come to its end. The view keeps no spec of one that has. */
export function isFinished(pod: Pod): boolean {
  return pod.spec === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}
