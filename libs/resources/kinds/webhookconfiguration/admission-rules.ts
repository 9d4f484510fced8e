import type { FieldError } from '../../field-error.ts';
import type { RuleWithOperations } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { goStrings } from '../../validation/go-syntax.ts';

const OPERATIONS: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES: readonly string[] = ['*', 'Cluster', 'Namespaced'];

/** Which requests a webhook or a policy is about. */
export function validateAdmissionRule(rule: Given<RuleWithOperations>, path: Path): readonly FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const errors = [...validateAlone(operations, 'operations', child(path, 'operations'))];
  for (const [at, operation] of operations.entries()) {
    if (OPERATIONS.includes(operation)) continue;
    errors.push(notSupported(index(child(path, 'operations'), at), operation, OPERATIONS));
  }
  errors.push(...validateAlone(apiGroups, 'API groups', child(path, 'apiGroups')));
  errors.push(...validateAlone(apiVersions, 'API versions', child(path, 'apiVersions')));
  for (const [at, version] of apiVersions.entries()) {
    if (version === '') errors.push(required(index(child(path, 'apiVersions'), at)));
  }
  errors.push(...validateResources(resources, child(path, 'resources')));
  if (scope !== undefined && !SCOPES.includes(scope)) errors.push(notSupported(child(path, 'scope'), scope, SCOPES));
  return errors;
}

/** A list that is not empty; `*` says all there is to say. */
function validateAlone(list: readonly string[], what: string, path: Path): readonly FieldError[] {
  if (list.length === 0) return [required(path)];
  if (list.length === 1 || !list.includes('*')) return [];
  return [invalid(path, goStrings(list), `if '*' is present, must not specify other ${what}`)];
}

function validateResources(resources: readonly string[], path: Path): readonly FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const wholes = new Set<string>();
  const everywhere = new Set<string>();
  for (const [at, text] of resources.entries()) {
    const here = index(path, at);
    if (text === '') errors.push(required(here));
    const [resource = '', sub] = text.split('/', 2);
    if (sub === undefined) continue;
    if (wholes.has(resource))
      errors.push(invalid(here, text, `if '${resource}/*' is present, must not specify ${text}`));
    if (everywhere.has(sub)) errors.push(invalid(here, text, `if '*/${sub}' is present, must not specify ${text}`));
    if (sub === '*') wholes.add(resource);
    if (resource === '*') everywhere.add(sub);
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.push(invalid(path, goStrings(resources), "if '*/*' is present, must not specify other resources"));
  }
  if (resources.includes('*') && resources.some((one) => one !== '*' && one !== '' && !one.includes('/'))) {
    const detail = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(path, goStrings(resources), detail));
  }
  return errors;
}
