import { isIPv6 } from 'node:net';
import type { FieldError } from '@taffrail/resources/field-error';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { invalid } from '@taffrail/resources/validation/field';
import { goStrings } from '@taffrail/resources/validation/go-syntax';
import { textOf } from './metadata.ts';

const POLICY = 'spec.ipFamilyPolicy';
const DUAL = "must be 'RequireDualStack' or 'PreferDualStack' when multiple";

/**
 * What a Service asks for that this cluster, which has IPv4 alone, cannot give. One that has neither addresses nor a selector may
 * name whatever families its endpoints have.
 */
export function familyErrors(spec: JsonObject): readonly FieldError[] {
  if (textOf(spec, 'type') === 'ExternalName') return [];
  const policy = textOf(spec, 'ipFamilyPolicy');
  const families = textsOf(spec, 'ipFamilies');
  const addresses = textsOf(spec, 'clusterIPs');
  const errors: FieldError[] = [];
  if (policy === 'SingleStack') {
    if (addresses.length === 2) errors.push(invalid(POLICY, policy, `${DUAL} cluster IPs are specified`));
    if (families.length === 2) errors.push(invalid(POLICY, policy, `${DUAL} IP families are specified`));
  }
  for (const [at, address] of addresses.entries()) {
    if (!isIPv6(address)) continue;
    errors.push(invalid(`spec.clusterIPs[${at}]`, goStrings(addresses), 'IPv6 is not configured on this cluster'));
  }
  if (errors.length > 0 || (addresses[0] === 'None' && !hasSelector(spec))) return errors;
  if (policy === 'RequireDualStack') {
    errors.push(invalid(POLICY, policy, 'this cluster is not configured for dual-stack services'));
  }
  for (const [at, family] of families.entries()) {
    if (family !== 'IPv4') errors.push(invalid(`spec.ipFamilies[${at}]`, family, 'not configured on this cluster'));
  }
  return errors;
}

function hasSelector({ selector }: JsonObject): boolean {
  return isJsonObject(selector) && Object.keys(selector).length > 0;
}

function textsOf(object: JsonObject, name: string): readonly string[] {
  const value = object[name];
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((one) => typeof one === 'string') : [];
}
