import type { FieldError } from '../field-error.ts';
import { DNS_LABEL_CHARACTERS, dns1123Subdomain } from '../syntax/names.ts';
import { invalids, type Path, required, tooLong } from './field.ts';

/** The name of a storage driver: a short domain, in any case. */
export function validateDriverName(name: string, path: Path): readonly FieldError[] {
  return [
    ...(name === '' ? [required(path)] : []),
    ...(name.length > DNS_LABEL_CHARACTERS ? [tooLong(path, DNS_LABEL_CHARACTERS)] : []),
    ...invalids(path, name, dns1123Subdomain(name.toLowerCase())),
  ];
}
