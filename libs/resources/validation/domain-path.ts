import type { FieldError } from '../field-error.ts';
import { dns1123Subdomain } from '../syntax/names.ts';
import { regexFault } from '../syntax/regex-fault.ts';
import { invalid, invalids, type Path, required } from './field.ts';

const HTTP_PATH = "[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+";
const httpPathExpression = new RegExp(`^${HTTP_PATH}$`);

/** A path that begins with a domain, as in `acme.io/foo`. */
export function validateDomainPrefixedPath(value: string, path: Path): readonly FieldError[] {
  if (value === '') return [required(path)];
  const slash = value.indexOf('/');
  const [host, rest] = [value.slice(0, slash), value.slice(slash + 1)];
  if (slash < 1 || rest === '') {
    return [invalid(path, value, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  }
  const errors = [...invalids(path, host, dns1123Subdomain(host))];
  if (!httpPathExpression.test(rest)) errors.push(invalid(path, rest, regexFault('Invalid path', HTTP_PATH)));
  return errors;
}
