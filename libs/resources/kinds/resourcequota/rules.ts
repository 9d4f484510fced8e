import type { FieldError } from '../../field-error.ts';
import type { ResourceQuota } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { canonicalQuantities } from '../quantities.ts';
import { rulesOf } from '../strategy.ts';
import { validateQuotaList, validateQuotaUpdate, validateResourceQuota } from './validate.ts';

function defaults(quota: Draft<ResourceQuota>): void {
  const spec = (quota.spec ??= {});
  canonicalQuantities(spec.hard);
  const status = (quota.status ??= {});
  canonicalQuantities(status.hard);
  canonicalQuantities(status.used);
}

function validateStatus({ status = {} }: Given<ResourceQuota>): readonly FieldError[] {
  return [...validateQuotaList(status.hard, 'status.hard'), ...validateQuotaList(status.used, 'status.used')];
}

/** What is used of each resource, `limits.` apart from the rest. */
function usage({ status = {} }: Given<ResourceQuota>, limits: boolean): string {
  const hard = status.hard ?? {};
  return Object.keys(hard)
    .filter((name) => name.startsWith('limits.') === limits)
    .sort()
    .map((name) => `${name}: ${status.used?.[name] ?? '0'}/${hard[name] ?? ''}`)
    .join(', ');
}

export const resourceQuotaColumns = [
  NAME,
  AGE,
  narrow('Request', 'What is used of what may be requested'),
  narrow('Limit', 'What is used of the limits'),
] as const;

export const resourceQuotaRules = rulesOf<ResourceQuota>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({}),
  validate: validateResourceQuota,
  validateUpdate: validateQuotaUpdate,
  validateStatus,
  cells: (quota) => [quota.metadata?.name ?? '', age(quota.metadata), usage(quota, false), usage(quota, true)],
});
