import { ApiFailure, type ApiClient, type WriteCause } from '@taffrail/controller/api-client';
import type { Pod } from '@taffrail/resources/generated/types';
import { PODS } from './bind.ts';

/**
 * Makes a pod go for one of higher priority: its status says why, then it is deleted with its grace. One that is gone or
 * going already is let be. Throws ApiFailure.
 */
export async function evict(client: ApiClient, victim: Pod, atTime: string, cause: WriteCause): Promise<void> {
  if (victim.metadata.deletionTimestamp !== undefined) return;
  const { namespace = '', name = '', uid, generation } = victim.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: 'default-scheduler: preempting to accommodate a higher priority pod',
    lastTransitionTime: atTime,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(PODS, namespace, name, patch, { type: 'strategic', subresource: 'status', cause });
    await client.delete(PODS, namespace, name, uid === undefined ? {} : { preconditions: { uid } }, cause);
  } catch (error) {
    if (error instanceof ApiFailure && (error.code === 404 || error.code === 409)) return;
    throw error;
  }
}
