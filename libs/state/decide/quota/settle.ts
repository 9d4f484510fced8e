import type { ResourceQuota } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { parsed } from '@taffrail/resources/kinds/pod/totals';
import type { Target } from '../../command.ts';
import { asKubeObject, type WorkingObject } from '../metadata.ts';
import type { DecideState } from '../state.ts';
import { countUsage, quotaStatus, RESOURCE_QUOTAS } from './quotas.ts';

/**
 * Counts what a quota's status is to say, in place, whenever somebody writes it: whatever they wrote. A new quota, or one
 * whose limits changed, is counted this way too, by the controller that writes the status of those.
 */
export function settleQuota(state: DecideState, target: Target, quota: WorkingObject): void {
  const { definition, subresource, namespace } = target;
  if (subresource !== 'status' || definition.group !== '' || definition.resource !== RESOURCE_QUOTAS.resource) return;
  const { spec = {} } = asKubeObject(quota) as Given<ResourceQuota>;
  const hard = parsed(spec.hard);
  quota['status'] = quotaStatus(hard, countUsage(state.cluster, namespace, { spec, hard }));
}
