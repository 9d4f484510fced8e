import type { FieldError } from '../../field-error.ts';
import type { HostAlias, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { ipAddress } from '../../syntax/ip.ts';
import { dns1123Subdomain, dns1123SubdomainWithUnderscore } from '../../syntax/names.ts';
import { child, index, invalid, invalids, type Path, required } from '../field.ts';
import { goStrings } from '../go-syntax.ts';

/** Bounds of libc's resolver. */
const NAMESERVERS = 3;
const SEARCH_PATHS = 32;
const SEARCH_CHARACTERS = 2048;

export function validateDnsConfig(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const config = spec.dnsConfig;
  const { nameservers = [], searches = [], options = [] } = config ?? {};
  if (spec.dnsPolicy === 'None') {
    if (config === undefined) return [required(path, 'must provide `dnsConfig` when `dnsPolicy` is None')];
    const detail = 'must provide at least one DNS nameserver when `dnsPolicy` is None';
    if (nameservers.length === 0) return [required(child(path, 'nameservers'), detail)];
  }
  const errors: FieldError[] = [];
  if (nameservers.length > NAMESERVERS) {
    const detail = `must not have more than ${NAMESERVERS} nameservers`;
    errors.push(invalid(child(path, 'nameservers'), goStrings(nameservers), detail));
  }
  for (const [at, address] of nameservers.entries()) {
    errors.push(...invalids(index(child(path, 'nameservers'), at), address, ipAddress(address)));
  }
  const list = child(path, 'searches');
  if (searches.length > SEARCH_PATHS) {
    errors.push(invalid(list, goStrings(searches), `must not have more than ${SEARCH_PATHS} search paths`));
  }
  if (searches.join(' ').length > SEARCH_CHARACTERS) {
    const detail = `must not have more than ${SEARCH_CHARACTERS} characters (including spaces) in the search list`;
    errors.push(invalid(list, goStrings(searches), detail));
  }
  for (const [at, search] of searches.entries()) {
    if (search === '.') continue;
    const name = search.endsWith('.') ? search.slice(0, -1) : search;
    errors.push(...invalids(index(list, at), name, dns1123SubdomainWithUnderscore(name)));
  }
  for (const [at, option] of options.entries()) {
    if ((option.name ?? '') === '') errors.push(required(index(child(path, 'options'), at), 'must not be empty'));
  }
  return errors;
}

export function validateHostAliases(aliases: readonly Given<HostAlias>[], path: Path): readonly FieldError[] {
  return aliases.flatMap(({ ip = '', hostnames = [] }, at) => [
    ...invalids(child(index(path, at), 'ip'), ip, ipAddress(ip)),
    ...hostnames.flatMap((name, nameAt) =>
      invalids(index(child(index(path, at), 'hostnames'), nameAt), name, dns1123Subdomain(name)),
    ),
  ]);
}
