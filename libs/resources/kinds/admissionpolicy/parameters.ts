import type { FieldError } from '../../field-error.ts';
import type { ParamKind, ParamRef } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label, dns1123Subdomain, pathSegment } from '../../syntax/names.ts';
import { child, forbidden, invalid, invalids, notSupported, type Path, required } from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';

const EXCLUSIVE = 'name and selector are mutually exclusive';
const ACTIONS: readonly string[] = ['Deny', 'Allow'];

/** The kind of the objects a policy is parametrized with. */
export function validateParamKind(kind: Given<ParamKind> | undefined, path: Path): readonly FieldError[] {
  if (kind === undefined) return [];
  const name = kind.kind ?? '';
  const here = child(path, 'kind');
  const errors = [...validateVersion(kind.apiVersion ?? '', child(path, 'apiVersion'))];
  if (name === '') return [...errors, required(here)];
  const faults = dns1035Label(name.toLowerCase());
  if (faults.length === 0) return errors;
  return [...errors, invalid(here, name, `may have mixed case, but should otherwise match: ${faults.join(',')}`)];
}

function validateVersion(apiVersion: string, path: Path): readonly FieldError[] {
  if (apiVersion === '') return [required(path)];
  const parts = apiVersion === '/' ? ['', ''] : apiVersion.split('/');
  if (parts.length > 2) return [invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [group = '', version = ''] = parts.length === 1 ? ['', ...parts] : parts;
  const groupFaults = group === '' ? [] : dns1123Subdomain(group);
  const errors = groupFaults.length === 0 ? [] : [invalid(path, group, groupFaults.join(','))];
  if (version === '') return [...errors, invalid(path, apiVersion, 'version must be specified')];
  const faults = dns1035Label(version);
  return faults.length === 0 ? errors : [...errors, invalid(path, version, faults.join(','))];
}

/** The objects of that kind that a binding hands over. */
export function validateParamRef(reference: Given<ParamRef> | undefined, path: Path): readonly FieldError[] {
  if (reference === undefined) return [];
  const { name = '', selector, parameterNotFoundAction: action = '' } = reference;
  const isBoth = name !== '' && selector !== undefined;
  const actionPath = child(path, 'parameterNotFoundAction');
  const errors: FieldError[] = [];
  if (name !== '') errors.push(...invalids(child(path, 'name'), name, pathSegment(name)));
  if (isBoth) errors.push(forbidden(child(path, 'name'), EXCLUSIVE));
  errors.push(...validateLabelSelector(selector, child(path, 'selector')));
  if (isBoth) errors.push(forbidden(child(path, 'selector'), EXCLUSIVE));
  if (name === '' && selector === undefined) {
    errors.push(required(path, 'one of name or selector must be specified'));
  }
  if (action === '') errors.push(required(actionPath));
  else if (!ACTIONS.includes(action)) errors.push(notSupported(actionPath, action, ACTIONS));
  return errors;
}

/** The policy a binding puts to work. */
export function validatePolicyName(name: string, path: Path): readonly FieldError[] {
  return name === '' ? [required(path)] : invalids(path, name, dns1123Subdomain(name));
}
