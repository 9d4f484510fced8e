import type { FieldError } from '../../field-error.ts';
import type { IPAddress, ParentReference, ServiceCIDR } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { canonicalIpv6, cidr, ipAddress } from '../../syntax/ip.ts';
import { dns1123Subdomain, type Faults, pathSegment } from '../../syntax/names.ts';
import { index, invalid, invalids, required, tooMany } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
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
  if (cidrs.length === CIDRS_COUNT && new Set(cidrs.map((range) => range.includes(':'))).size < CIDRS_COUNT) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64';
    return [invalid(CIDRS, goStructure({ CIDRs: cidrs }), detail)];
  }
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

/** An address stands under one name only. */
function canonicalAddress(name: string): Faults {
  const faults = ipAddress(name);
  if (faults.length > 0 || !name.includes(':') || canonicalIpv6(name) === name) return faults;
  return ['must be a canonical format IP address'];
}

/** Parts of the path at which the parent is found; only the core group has no name. */
function validateParent(parent: Given<ParentReference>): readonly FieldError[] {
  const { group = '', resource = '', namespace = '', name = '' } = parent;
  const part = (field: string, value: string, isNeeded: boolean): readonly FieldError[] => {
    if (value === '') return isNeeded ? [required(`${PARENT}.${field}`)] : [];
    return invalids(`${PARENT}.${field}`, value, pathSegment(value));
  };
  return [
    ...(group === '' ? [] : invalids(`${PARENT}.group`, group, dns1123Subdomain(group))),
    ...part('resource', resource, true),
    ...part('name', name, true),
    ...part('namespace', namespace, false),
  ];
}

export const ipAddressRules = rulesOf<IPAddress>({
  metadata: { namespaced: false, name: canonicalAddress },
  validate: ({ spec = {} }) => (spec.parentRef === undefined ? [required(PARENT)] : validateParent(spec.parentRef)),
  validateUpdate: (next, previous) => validateImmutable(next.spec?.parentRef, previous.spec?.parentRef, PARENT),
  cells: ({ metadata, spec }) => [metadata?.name ?? '', parentText(spec?.parentRef)],
});
