import { forbidden, type Rejection } from '@taffrail/machinery/rejection';
import type { LimitRangeItem, PersistentVolumeClaim, Pod } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import { parsed, podTotals } from '@taffrail/resources/kinds/pod/totals';
import type { StateView } from '../../state-view.ts';
import { targetOf } from '../drafting.ts';
import type { Charge } from '../quota/charge.ts';
import { type Amounts, maximumFault, minimumFault, ratioFault } from './bounds.ts';
import { type Limits, limitsIn } from './ranges.ts';

/** Refuses pods and claims outside the LimitRanges of their namespace. */
export function limitRefusal(cluster: StateView, { target, name, before, after }: Charge): Rejection | undefined {
  const { definition, subresource, namespace } = target;
  if (definition.group !== '' || after === undefined) return undefined;
  // What a pod may have is settled when it is made; only a resize changes it.
  const isPod = definition.resource === 'pods' && (before === undefined || subresource === 'resize');
  const isClaim = definition.resource === 'persistentvolumeclaims' && subresource === '';
  if (!isPod && !isClaim) return undefined;
  for (const limits of limitsIn(cluster, namespace)) {
    const faults = isPod ? podFaults(limits, after) : claimFaults(limits, after);
    if (faults.length === 0) continue;
    const text = faults.length === 1 ? (faults[0] ?? '') : `[${[...new Set(faults)].join(', ')}]`;
    return forbidden(targetOf(target, name), text);
  }
  return undefined;
}

function podFaults(limits: Limits, pod: Given<Pod>): readonly string[] {
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  return limits.flatMap((item) => {
    switch (item.type ?? '') {
      case 'Container':
        return containers.flatMap(({ resources }) =>
          faultsOf(item, { requests: parsed(resources?.requests), limits: parsed(resources?.limits) }),
        );
      case 'Pod':
        return faultsOf(item, podTotals(pod));
      default:
        return [];
    }
  });
}

function faultsOf(item: Given<LimitRangeItem>, amounts: Amounts): readonly string[] {
  return [
    ...Object.entries(parsed(item.min)).map(([name, bound]) => minimumFault(item.type ?? '', name, bound, amounts)),
    ...Object.entries(parsed(item.max)).map(([name, bound]) => maximumFault(item.type ?? '', name, bound, amounts)),
    ...Object.entries(parsed(item.maxLimitRequestRatio)).map(([name, bound]) =>
      ratioFault(item.type ?? '', name, bound, amounts),
    ),
  ].filter((fault) => fault !== undefined);
}

/** A claim has no limits: its requests are held against both ends. */
function claimFaults(limits: Limits, claim: Given<PersistentVolumeClaim>): readonly string[] {
  const requests = parsed(claim.spec?.resources?.requests);
  return limits
    .filter(({ type }) => type === 'PersistentVolumeClaim')
    .flatMap((item) => [
      ...Object.entries(parsed(item.min)).map(([name, bound]) =>
        minimumFault('PersistentVolumeClaim', name, bound, { requests, limits: {} }),
      ),
      ...Object.entries(parsed(item.max)).map(([name, bound]) =>
        maximumFault('PersistentVolumeClaim', name, bound, { requests, limits: requests }, 'request'),
      ),
    ])
    .filter((fault) => fault !== undefined);
}
