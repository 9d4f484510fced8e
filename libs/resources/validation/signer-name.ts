import type { FieldError } from '../field-error.ts';
import { DNS_LABEL_CHARACTERS, DNS_SUBDOMAIN_CHARACTERS, dns1123Label, dns1123Subdomain } from '../syntax/names.ts';
import { invalid, type Path, required, tooLong } from './field.ts';
import { quoted } from './go-syntax.ts';

/** The name of one who signs: a domain and one path segment, as in `example.com/signer-name`. */
export function validateSignerName(name: string, path: Path): readonly FieldError[] {
  if (name === '') return [required(path)];
  const [domain = '', place, ...rest] = name.split('/');
  if (place === undefined || rest.length > 0) {
    const form = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [invalid(path, name, form)];
  }
  const errors: FieldError[] = [];
  if (domain.length > DNS_SUBDOMAIN_CHARACTERS) errors.push(tooLong(path, DNS_SUBDOMAIN_CHARACTERS));
  const labels = domain.split('.');
  for (const label of labels) {
    if (label.length > DNS_LABEL_CHARACTERS) errors.push(tooLong(path, DNS_LABEL_CHARACTERS));
    else errors.push(...faultsOf(dns1123Label(label), label, domain, path));
  }
  if (labels.length < 2) {
    errors.push(invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  }
  const inPath = place.split('.').flatMap((label) => faultsOf(dns1123Subdomain(label), label, place, path));
  return [...errors, ...inPath];
}

function faultsOf(faults: readonly string[], label: string, part: string, path: Path): readonly FieldError[] {
  return faults.map((fault) => invalid(path, part, `validating label ${quoted(label)}: ${fault}`));
}
