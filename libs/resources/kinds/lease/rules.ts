import type { Lease } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { FieldError } from '../../field-error.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { forbidden, invalid } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateLeaseStrategy } from './strategy.ts';

function validate(lease: Given<Lease>): readonly FieldError[] {
  const { leaseDurationSeconds, leaseTransitions, strategy, preferredHolder = '' } = lease.spec ?? {};
  const errors: FieldError[] = [];
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0) {
    errors.push(invalid('spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0'));
  }
  if (leaseTransitions !== undefined && leaseTransitions < 0) {
    errors.push(invalid('spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0'));
  }
  if (strategy !== undefined) errors.push(...validateLeaseStrategy(strategy, 'spec.strategy'));
  if (preferredHolder !== '' && (strategy ?? '') === '') {
    errors.push(forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined'));
  }
  return errors;
}

export const leaseRules = rulesOf<Lease>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults(lease) {
    lease.spec ??= {};
  },
  validate,
  cells: (lease) => [lease.metadata?.name ?? '', lease.spec?.holderIdentity ?? '', age(lease.metadata)],
});
