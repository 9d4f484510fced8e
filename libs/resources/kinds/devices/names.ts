import type { FieldError } from '../../field-error.ts';
import { cIdentifier, DNS_SUBDOMAIN_CHARACTERS, dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { invalid, invalids, type Path, required, tooLong } from '../../validation/field.ts';

const DOMAIN_CHARACTERS = 63;
const ID_CHARACTERS = 32;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_CHARACTERS = 36;

/** As much as an attribute's or a capacity's name has at most. */
export const QUALIFIED_CHARACTERS = DOMAIN_CHARACTERS + 1 + ID_CHARACTERS;

/** A request, a device, a counter, or a set of counters. */
export function validateLabelName(name: string, path: Path): readonly FieldError[] {
  return invalids(path, name, dns1123Label(name));
}

export function validatePoolName(name: string, path: Path): readonly FieldError[] {
  if (name === '') return [required(path)];
  return [
    ...(name.length > DNS_SUBDOMAIN_CHARACTERS ? [tooLong(path, DNS_SUBDOMAIN_CHARACTERS)] : []),
    ...name.split('/').flatMap((part) => invalids(path, part, dns1123Subdomain(part))),
  ];
}

/** The name of an attribute or a capacity: an identifier, or one of a domain's own. */
export function validateQualifiedName(name: string, path: Path): readonly FieldError[] {
  const [first = '', second, ...more] = name.split('/');
  if (second === undefined) return validateIdentifier(first, path);
  if (more.length > 0) return [];
  return [
    ...(first === '' ? [invalid(path, '', 'the domain must not be empty')] : validateDriverName(first, path)),
    ...(second === '' ? [invalid(path, '', 'the name must not be empty')] : validateIdentifier(second, path)),
  ];
}

/** The name of an attribute with its domain. */
export function validateFullName(name: string, path: Path): readonly FieldError[] {
  const errors = validateQualifiedName(name, path);
  if (name.includes('/')) return errors;
  return [...errors, invalid(path, name, 'a fully qualified name must be a domain and a name separated by a slash')];
}

function validateIdentifier(id: string, path: Path): readonly FieldError[] {
  return [...(id.length > ID_CHARACTERS ? [tooLong(path, ID_CHARACTERS)] : []), ...invalids(path, id, cIdentifier(id))];
}

/** Which share of a device that may be had in several. */
export function validateShare(id: string, path: Path): readonly FieldError[] {
  if (id.length !== UUID_CHARACTERS) {
    return [invalid(path, id, `error validating uid: invalid UUID length: ${id.length}`)];
  }
  if (!UUID.test(id)) return [invalid(path, id, 'error validating uid: invalid UUID format')];
  if (id === id.toLowerCase()) return [];
  const detail =
    'uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase hexadecimal characters';
  return [invalid(path, id, detail)];
}
