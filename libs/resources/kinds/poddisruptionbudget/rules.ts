import type { FieldError } from '../../field-error.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { invalid, notSupported, type ShownValue } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateAtMostWhole, validateIntOrPercent } from '../../validation/int-or-percent.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { nullTimes } from '../null-times.ts';
import { rulesOf } from '../strategy.ts';

const EMPTY_STATUS = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 } as const;
const EVICTION_POLICIES: readonly string[] = ['AlwaysAllow', 'IfHealthyBudget'];
const COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

function defaults(budget: Draft<PodDisruptionBudget>): void {
  budget.spec ??= {};
  budget.status = { ...EMPTY_STATUS, ...budget.status };
  nullTimes(budget.status.conditions, 'lastTransitionTime');
}

function goSpec(spec: Given<PodDisruptionBudgetSpec>): ShownValue {
  return goStructure({
    MinAvailable: spec.minAvailable,
    Selector: spec.selector,
    MaxUnavailable: spec.maxUnavailable,
    UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy,
  });
}

function validate({ spec = {} }: Given<PodDisruptionBudget>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined) {
    errors.push(invalid('spec', goSpec(spec), 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    const value = spec[field];
    if (value === undefined) continue;
    errors.push(...validateIntOrPercent(value, `spec.${field}`), ...validateAtMostWhole(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && !EVICTION_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', policy, EVICTION_POLICIES));
  }
  return errors;
}

export const podDisruptionBudgetColumns = [
  NAME,
  narrow('Min Available', 'Pods that must stay available'),
  narrow('Max Unavailable', 'Pods that may be unavailable'),
  narrow('Allowed Disruptions', 'Pods that may be evicted now', 'integer'),
  AGE,
] as const;

export const podDisruptionBudgetRules = rulesOf<PodDisruptionBudget>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ ...EMPTY_STATUS }),
  generation: true,
  validate,
  validateStatus: ({ status }) => [
    ...validateConditions(status?.conditions ?? [], 'status.conditions'),
    ...COUNTS.flatMap((count) => validateNonNegative(status?.[count], `status.${count}`)),
  ],
  cells: ({ metadata, spec, status }) => [
    metadata?.name ?? '',
    String(spec?.minAvailable ?? 'N/A'),
    String(spec?.maxUnavailable ?? 'N/A'),
    status?.disruptionsAllowed ?? 0,
    age(metadata),
  ],
});
