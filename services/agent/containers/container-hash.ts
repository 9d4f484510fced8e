import { createHash } from 'node:crypto';
import type { Container } from '@taffrail/resources/generated/types';

/** What of a container may change in place and then needs a restart: its image. */
export function containerHash(container: Container): string {
  return createHash('sha256').update(`${container.name}\n${container.image}`).digest('hex').slice(0, 8);
}

/** Annotations on a runtime's container; the names are Kubernetes' own. */
export const HASH_ANNOTATION = 'io.kubernetes.container.hash';
export const RESTART_COUNT_ANNOTATION = 'io.kubernetes.container.restartCount';
export const TERMINATION_MESSAGE_PATH_ANNOTATION = 'io.kubernetes.container.terminationMessagePath';
export const TERMINATION_MESSAGE_POLICY_ANNOTATION = 'io.kubernetes.container.terminationMessagePolicy';
export const POD_GRACE_ANNOTATION = 'io.kubernetes.pod.terminationGracePeriod';
