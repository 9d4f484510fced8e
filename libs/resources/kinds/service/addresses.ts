import { isIPv6 } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type { ServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { ipAddress } from '../../syntax/ip.ts';
import { child, duplicate, index, invalid, invalids, notSupported, required } from '../../validation/field.ts';
import { goStrings } from '../../validation/go-syntax.ts';

const IPS = 'spec.clusterIPs';
const FAMILIES = 'spec.ipFamilies';
const SUPPORTED_FAMILIES: readonly string[] = ['IPv4', 'IPv6'];
const SUPPORTED_POLICIES: readonly string[] = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];

export function isHeadless({ clusterIPs = [] }: Given<ServiceSpec>): boolean {
  return clusterIPs.length === 1 && clusterIPs[0] === 'None';
}

/** The cluster IPs, the families they are of, and the policy that says how many there are to be. */
export function validateAddresses(spec: Given<ServiceSpec>): readonly FieldError[] {
  if (spec.type === 'ExternalName') return [];
  const { clusterIPs = [] } = spec;
  const faults = validateIps(clusterIPs);
  const errors = [...validatePair(spec), ...validateFamilies(spec), ...faults];
  if (clusterIPs.length > 2) errors.push(invalid(IPS, goStrings(clusterIPs), 'may only hold up to 2 values'));
  // Of what is no address nobody can say which family it is of.
  if (faults.length > 0) return errors;
  if (clusterIPs.length > 1 && new Set(clusterIPs.map(isIPv6)).size < 2) {
    errors.push(invalid(IPS, goStrings(clusterIPs), 'may specify no more than one IP for each IP family'));
  }
  return isHeadless(spec) ? errors : [...errors, ...validateMatch(spec)];
}

/** `clusterIP` is the first of `clusterIPs` under another name. */
function validatePair({ clusterIP = '', clusterIPs = [] }: Given<ServiceSpec>): readonly FieldError[] {
  if (clusterIP === '') {
    if (clusterIPs.length === 0) return [];
    return [invalid(IPS, goStrings(clusterIPs), 'must be empty when `clusterIP` is not specified')];
  }
  if (clusterIPs.length === 0) return [required(IPS)];
  return clusterIPs[0] === clusterIP ? [] : [invalid(IPS, goStrings(clusterIPs), 'first value must match `clusterIP`')];
}

function validateFamilies({ ipFamilies = [], ipFamilyPolicy }: Given<ServiceSpec>): readonly FieldError[] {
  const seen = new Set<string>();
  const errors = ipFamilies.flatMap((family, at) => {
    const found: FieldError[] = [];
    if (!SUPPORTED_FAMILIES.includes(family)) found.push(notSupported(index(FAMILIES, at), family, SUPPORTED_FAMILIES));
    if (seen.has(family)) found.push(duplicate(index(FAMILIES, at), family));
    seen.add(family);
    return found;
  });
  if (ipFamilyPolicy !== undefined && !SUPPORTED_POLICIES.includes(ipFamilyPolicy)) {
    errors.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, SUPPORTED_POLICIES));
  }
  return errors;
}

function validateIps(addresses: readonly string[]): readonly FieldError[] {
  return addresses.flatMap((address, at) => {
    if (at > 0 || address !== 'None') return invalids(index(IPS, at), address, ipAddress(address));
    const detail = "'None' must be the first and only value";
    return addresses.length > 1 ? [invalid(IPS, goStrings(addresses), detail)] : [];
  });
}

/** Each address is of the family that is named at its place. */
function validateMatch({ clusterIPs = [], ipFamilies = [] }: Given<ServiceSpec>): readonly FieldError[] {
  return clusterIPs.flatMap((address, at) => {
    const family = ipFamilies[at];
    if (family === undefined || family === (isIPv6(address) ? 'IPv6' : 'IPv4')) return [];
    if (!SUPPORTED_FAMILIES.includes(family)) return [];
    return [invalid(index(IPS, at), address, `expected an ${family} value as indicated by \`ipFamilies[${at}]\``)];
  });
}

const ONCE = 'may not change once set';

/** What was allocated stays for the life of a service that has addresses; a second family may come and go. */
export function validateAddressesUpdate(now: Given<ServiceSpec>, before: Given<ServiceSpec>): readonly FieldError[] {
  if (now.type === 'ExternalName' || before.type === 'ExternalName') return [];
  if (isHeadless(now) && isHeadless(before)) return [];
  return [
    ...validateIpsUpdate(now, before),
    ...(isHeadless(now) === isHeadless(before) ? validateFamiliesUpdate(now, before) : []),
  ];
}

function validateIpsUpdate(now: Given<ServiceSpec>, before: Given<ServiceSpec>): readonly FieldError[] {
  const [current, old] = [now.clusterIPs ?? [], before.clusterIPs ?? []];
  const shown = goStrings(current);
  if (current.length === old.length) {
    return old.flatMap((address, at) => (address === current[at] ? [] : [invalid(index(IPS, at), shown, ONCE)]));
  }
  const errors: FieldError[] = [];
  if (current.length === 0) errors.push(invalid(index(IPS, 0), shown, 'primary clusterIP can not be unset'));
  else if (old.length > 0 && current[0] !== old[0]) errors.push(invalid(index(IPS, 0), shown, ONCE));
  if (old.length > current.length && current.length === 1) errors.push(...validateRelease(now, 'clusterIP'));
  return errors;
}

function validateFamiliesUpdate(now: Given<ServiceSpec>, before: Given<ServiceSpec>): readonly FieldError[] {
  const [current, old] = [now.ipFamilies ?? [], before.ipFamilies ?? []];
  const first = index(FAMILIES, 0);
  if (current.length === old.length) {
    return old.flatMap((family, at) => (family === current[at] ? [] : [invalid(first, goStrings(current), ONCE)]));
  }
  const errors: FieldError[] = [];
  if (old.length > 0 && current.length > 0 && current[0] !== old[0]) {
    // The cluster IPs stand there with Kubernetes too.
    errors.push(invalid(first, goStrings(now.clusterIPs ?? []), ONCE));
  }
  if (old.length > current.length && current.length === 1) errors.push(...validateRelease(now, 'ipFamily'));
  return errors;
}

function validateRelease(
  { ipFamilyPolicy }: Given<ServiceSpec>,
  what: 'clusterIP' | 'ipFamily',
): readonly FieldError[] {
  if (ipFamilyPolicy === 'SingleStack') return [];
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid(child('spec', 'ipFamilyPolicy'), ipFamilyPolicy, detail)];
}
