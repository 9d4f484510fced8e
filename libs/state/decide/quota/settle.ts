import type { ResourceQuota } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { parsed } from '@taffrail/resources/kinds/pod/totals';
import type { Target } from '../../command.ts';
import { asKubeObject, type WorkingObject } from '../metadata.ts';
import type { DecideState } from '../state.ts';
import { countUsage, quotaStatus, RESOURCE_QUOTAS, sameAmounts } from './quotas.ts';

/**
 * Counts what a quota's status is to say, in place, when somebody writes it with the limits its spec has: whatever they
 * say is used. That is how the controller has new and changed quotas counted. A status with other limits stands as it
 * was written until then, and nobody is judged by it.
 */
export function settleQuota(state: DecideState, target: Target, quota: WorkingObject): void {
  const { definition, subresource, namespace } = target;
  if (subresource !== 'status' || definition.group !== '' || definition.resource !== RESOURCE_QUOTAS.resource) return;
  const { spec = {}, status = {} } = asKubeObject(quota) as Given<ResourceQuota>;
  const hard = parsed(spec.hard);
  if (!sameAmounts(parsed(status.hard), hard)) return;
  quota['status'] = quotaStatus(hard, countUsage(state.cluster, namespace, { spec, hard }));
}
