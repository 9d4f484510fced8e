import type { Controller } from '@taffrail/controller/controller';
import type { ResourceQuota } from '@taffrail/resources/generated/types';
import { compareQuantities, parseQuantity } from '@taffrail/resources/syntax/quantity';
import { RESOURCE_QUOTAS } from '../resource-names.ts';

/**
 * Has the usage of new quotas, and of those whose limits changed, counted: any write of a quota's status does. From then
 * on the API server keeps it with every object that comes and goes, so nothing is counted again here.
 */
export const resourceQuotaController: Controller = Object.freeze<Controller>({
  name: 'resourcequota-controller',
  follows: [
    {
      resource: RESOURCE_QUOTAS,
      keys: ({ metadata }) => [{ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }],
    },
  ],
  plan(view, key) {
    const quota = view.get<ResourceQuota>(RESOURCE_QUOTAS, key.namespace, key.name);
    if (quota === undefined || quota.metadata.deletionTimestamp !== undefined) return [];
    const hard = quota.spec?.hard ?? {};
    const isCounted =
      quota.status?.hard !== undefined &&
      sameAmounts(quota.status.hard, hard) &&
      Object.keys(hard).every((name) => quota.status?.used?.[name] !== undefined);
    if (isCounted) return [];
    const { namespace, name } = key;
    return [
      { type: 'patch', resource: RESOURCE_QUOTAS, namespace, name, patch: { status: { hard } }, subresource: 'status' },
    ];
  },
});

type Amounts = Readonly<Record<string, string>>;

function sameAmounts(left: Amounts, right: Amounts): boolean {
  const names = Object.keys(left);
  return names.length === Object.keys(right).length && names.every((name) => isSame(left[name], right[name]));
}

function isSame(left: string | undefined, right: string | undefined): boolean {
  const [one, other] = [left, right].map((text) => parseQuantity(text ?? ''));
  return one !== undefined && other !== undefined && compareQuantities(one, other) === 0;
}
