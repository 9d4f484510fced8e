import type { FieldError } from '../../field-error.ts';
import type { IPAddress, ParentReference, ServiceCIDR } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidr, ipAddress } from '../../syntax/ip.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { index, invalids, required, tooMany } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { nullTimes } from '../null-times.ts';
import { rulesOf } from '../strategy.ts';

const CIDRS = 'spec.cidrs';
const PARENT = 'spec.parentRef';
/** One range for each family. */
const CIDRS_COUNT = 2;

function validateCidrs({ spec = {} }: Given<ServiceCIDR>): readonly FieldError[] {
  const cidrs = spec.cidrs ?? [];
  if (cidrs.length === 0) return [required(CIDRS, 'at least one CIDR required')];
  if (cidrs.length > CIDRS_COUNT) return [tooMany(CIDRS, cidrs.length, CIDRS_COUNT)];
  return cidrs.flatMap((range, at) => invalids(index(CIDRS, at), range, cidr(range)));
}

/** A second family may be added to the first; nothing else changes. */
function validateCidrsUpdate(next: Given<ServiceCIDR>, previous: Given<ServiceCIDR>): readonly FieldError[] {
  const [now, before] = [next.spec?.cidrs ?? [], previous.spec?.cidrs ?? []];
  if (before.length === 1 && now.length === CIDRS_COUNT) return validateImmutable(now[0], before[0], index(CIDRS, 0));
  return validateImmutable(now, before, CIDRS);
}

export const serviceCidrColumns = [
  NAME,
  narrow('CIDRs', 'Ranges the addresses of Services are given from'),
  AGE,
] as const;
export const ipAddressColumns = [NAME, narrow('ParentRef', 'What the address belongs to')] as const;

/** `services/default/web`, `gateways.gateway.networking.k8s.io/edge`. */
function parentText(parent: Given<ParentReference> | undefined): string {
  if (parent === undefined) return '<none>';
  const { group = '', resource = '', namespace = '', name = '' } = parent;
  const of = [resource, ...(group === '' ? [] : [group])].join('.').toLowerCase();
  return [of, ...(namespace === '' ? [] : [namespace]), name].join('/');
}

export const serviceCidrRules = rulesOf<ServiceCIDR>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(range) {
    range.spec ??= {};
    nullTimes(range.status?.conditions, 'lastTransitionTime');
  },
  initialStatus: () => ({}),
  validate: validateCidrs,
  validateUpdate: validateCidrsUpdate,
  cells: ({ metadata, spec }) => [metadata?.name ?? '', (spec?.cidrs ?? []).join(','), age(metadata)],
});

export const ipAddressRules = rulesOf<IPAddress>({
  metadata: { namespaced: false, name: ipAddress },
  validate({ spec = {} }) {
    const parent = spec.parentRef;
    if (parent === undefined) return [required(PARENT)];
    return [
      ...((parent.resource ?? '') === '' ? [required(`${PARENT}.resource`)] : []),
      ...((parent.name ?? '') === '' ? [required(`${PARENT}.name`)] : []),
    ];
  },
  validateUpdate: (next, previous) => validateImmutable(next.spec?.parentRef, previous.spec?.parentRef, PARENT),
  cells: ({ metadata, spec }) => [metadata?.name ?? '', parentText(spec?.parentRef)],
});
