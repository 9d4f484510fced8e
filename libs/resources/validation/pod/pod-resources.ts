import type { FieldError } from '../../field-error.ts';
import type { PodSpec, ResourceRequirements } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { containerTotals, parsed, type Totals } from '../../kinds/pod/totals.ts';
import { formatQuantity } from '../../syntax/quantity.ts';
import { child, forbidden, index, invalid, key, type Path } from '../field.ts';
import { isHugePages, validatePodResourceName } from './resource-names.ts';
import { validateResources } from './resources.ts';

/** What is asked for a pod as a whole: enough for its containers, and no more for one of them than for all. */
export function validatePodResources(
  resources: Given<ResourceRequirements>,
  spec: Given<PodSpec>,
  claimNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  if (spec.os?.name === 'windows') return [forbidden(path, 'may not be set for a windows pod')];
  const errors: FieldError[] = [];
  if (resources.claims !== undefined) {
    errors.push(forbidden(child(path, 'claims'), 'claims may not be set for Resources at pod-level'));
  }
  const [requests, limits] = [parsed(resources.requests), parsed(resources.limits)];
  return [
    ...errors,
    ...validateResources(resources, claimNames, path, validatePodResourceName),
    ...validateSum('requests', containerTotals(spec, 'requests'), requests, path),
    ...validateSum('limits', pagesOnly(containerTotals(spec, 'limits')), limits, path),
    ...validateEach(spec, limits, path),
  ];
}

function pagesOnly(totals: Totals): Totals {
  return Object.fromEntries(Object.entries(totals).filter(([name]) => isHugePages(name)));
}

function validateSum(list: 'requests' | 'limits', sums: Totals, amounts: Totals, path: Path): readonly FieldError[] {
  return Object.entries(sums).flatMap(([name, sum]) => {
    const amount = amounts[name];
    if (amount === undefined || sum.nanos <= amount.nanos) return [];
    const detail = `must be greater than or equal to aggregate container ${list} of ${formatQuantity(sum)}`;
    return [invalid(key(child(path, list), name), formatQuantity(amount), detail)];
  });
}

function validateEach(spec: Given<PodSpec>, limits: Totals, path: Path): readonly FieldError[] {
  return (spec.containers ?? []).flatMap((container, at) =>
    Object.entries(parsed(container.resources?.limits)).flatMap(([name, amount]) => {
      const limit = limits[name];
      if (limit === undefined || amount.nanos <= limit.nanos) return [];
      const here = child(key(index(child(path, 'containers'), at), name), 'limits');
      const detail = `must be less than or equal to pod limits of ${formatQuantity(limit)}`;
      return [invalid(here, formatQuantity(amount), detail)];
    }),
  );
}
