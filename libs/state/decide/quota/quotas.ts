import type { ResourceQuota, ResourceQuotaSpec } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import type { JsonObject, MutableJsonObject } from '@taffrail/resources/json';
import { parsed, plus } from '@taffrail/resources/kinds/pod/totals';
import { formatQuantity, type Quantity, ZERO_QUANTITY } from '@taffrail/resources/syntax/quantity';
import type { LiveObject } from '../../live-object.ts';
import type { ResourceId, StateView } from '../../state-view.ts';
import { isInScope } from './scopes.ts';
import { type Usage, usageOf, usersOf } from './usage.ts';

export const RESOURCE_QUOTAS = { group: '', resource: 'resourcequotas' } as const;

/** A quota as it is judged by: `hard` is what its spec says now. */
export interface Quota {
  readonly live: LiveObject;
  readonly spec: Given<ResourceQuotaSpec>;
  readonly hard: Usage;
  /** What its status says is used; undefined when that is of another spec or not known yet. */
  readonly used: Usage | undefined;
}

export function quotasOf(cluster: StateView, namespace: string): readonly Quota[] {
  return cluster.list(RESOURCE_QUOTAS, namespace).map((live) => {
    const { spec = {}, status = {} } = live.contents() as Given<ResourceQuota>;
    const hard = parsed(spec.hard);
    const used = parsed(status.used);
    const isCurrent = sameAmounts(parsed(status.hard), hard) && Object.keys(hard).every((name) => name in used);
    return { live, spec, hard, used: isCurrent ? used : undefined };
  });
}

/** Whether two lists name the same resources with the same amounts. */
export function sameAmounts(left: Usage, right: Usage): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => left[name]?.nanos === right[name]?.nanos);
}

/** What an object uses of a quota: of what it limits, and only in its scopes. */
export function usageUnder(quota: Pick<Quota, 'spec' | 'hard'>, id: ResourceId, contents: JsonObject): Usage {
  const usage = Object.entries(usageOf(id, contents)).filter(([name]) => name in quota.hard);
  if (usage.length === 0 || !isInScope(quota.spec, id, contents)) return {};
  return Object.fromEntries(usage);
}

/** Counts what is used by going through the namespace. Only a new or changed quota needs it; after that, changes are added. */
export function countUsage(cluster: StateView, namespace: string, quota: Pick<Quota, 'spec' | 'hard'>): Usage {
  let used: Usage = Object.fromEntries(Object.keys(quota.hard).map((name) => [name, ZERO_QUANTITY]));
  const seen = new Set<string>();
  for (const id of Object.keys(quota.hard).flatMap(usersOf)) {
    const text = `${id.group}/${id.resource}`;
    if (seen.has(text)) continue;
    seen.add(text);
    for (const object of cluster.list(id, namespace)) used = plus(used, usageUnder(quota, id, object.glance()));
  }
  return used;
}

/** The difference of two usages, without what is the same in both. */
export function difference(after: Usage, before: Usage): Usage {
  const changes: Record<string, Quantity> = {};
  for (const name of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const nanos = (after[name]?.nanos ?? 0n) - (before[name]?.nanos ?? 0n);
    if (nanos !== 0n) changes[name] = { nanos, format: (after[name] ?? before[name] ?? ZERO_QUANTITY).format };
  }
  return changes;
}

/** A quota's status. */
export function quotaStatus(hard: Usage, used: Usage): MutableJsonObject {
  return { hard: quantityTexts(hard), used: quantityTexts(used) };
}

function quantityTexts(amounts: Usage): MutableJsonObject {
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, formatQuantity(amount)]));
}

/** `cpu=2,pods=3`: the given names' amounts. */
export function amountsText(amounts: Usage, names: readonly string[]): string {
  return names
    .toSorted()
    .map((name) => `${name}=${formatQuantity(amounts[name] ?? ZERO_QUANTITY)}`)
    .join(',');
}
