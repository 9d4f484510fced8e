import type { LimitRange, LimitRangeItem } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { NAME, narrow } from '../columns.ts';
import { canonicalQuantities } from '../quantities.ts';
import { rulesOf } from '../strategy.ts';
import { validateLimitRange } from './validate.ts';

function defaults(range: Draft<LimitRange>): void {
  const spec = (range.spec ??= {});
  for (const item of spec.limits ?? []) defaultItem(item);
}

/** A container's default is what it may have at most, and it requests its default or what it must have at least. */
function defaultItem(item: Draft<LimitRangeItem>): void {
  for (const list of [item.max, item.min, item.default, item.defaultRequest, item.maxLimitRequestRatio]) {
    canonicalQuantities(list);
  }
  if (item.type !== 'Container') return;
  const limits = { ...item.max, ...item.default };
  const requests = { ...item.min, ...limits, ...item.defaultRequest };
  if (Object.keys(limits).length > 0) item.default = limits;
  if (Object.keys(requests).length > 0) item.defaultRequest = requests;
}

export const limitRangeColumns = [NAME, narrow('Created At', 'When it was created', 'date')] as const;

export const limitRangeRules = rulesOf<LimitRange>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  validate: validateLimitRange,
  cells: ({ metadata }) => [metadata?.name ?? '', metadata?.creationTimestamp ?? null],
});
