import { isIPv6 } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type { PodStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { ipAddress } from '../../syntax/ip.ts';
import { child, index, invalid, invalids } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';

type Status = Given<PodStatus>;

export function validatePodIps(now: Status, before: Status): readonly FieldError[] {
  return validateIps(now, before, 'podIPs');
}

/** The single address is the first of the list. */
export function validateHostIps(now: Status, before: Status): readonly FieldError[] {
  const [first] = now.hostIPs ?? [];
  if (first === undefined) return [];
  const errors = [...validateIps(now, before, 'hostIPs')];
  if ((now.hostIP ?? '') === (first.ip ?? '')) return errors;
  return [invalid('status.hostIPs[0].ip', first.ip ?? '', 'must be equal to `hostIP`'), ...errors];
}

/** Addresses, one of each family at most; one that was there before may be malformed. */
function validateIps(now: Status, before: Status, field: 'podIPs' | 'hostIPs'): readonly FieldError[] {
  const path = child('status', field);
  const addresses = (now[field] ?? []).map(({ ip = '' }) => ip);
  const errors = addresses.flatMap((ip, at) =>
    before[field]?.some((one) => one.ip === ip) === true ? [] : invalids(index(path, at), ip, ipAddress(ip)),
  );
  if (addresses.length < 2) return errors;
  const families = new Set(addresses.map((ip) => isIPv6(ip)));
  if (addresses.length === 2 && families.size === 2) return errors;
  const detail = 'may specify no more than one IP for each IP family';
  return [...errors, invalid(path, goStructure(addresses.map((ip) => ({ IP: ip }))), detail)];
}
