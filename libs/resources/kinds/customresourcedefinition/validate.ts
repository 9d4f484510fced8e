import type { FieldError } from '../../field-error.ts';
import type {
  CustomResourceDefinition,
  CustomResourceDefinitionNames,
  CustomResourceDefinitionSpec,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { dns1035Label, dns1123Subdomain } from '../../syntax/names.ts';
import { child, index, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { goJson, goStrings } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { equal } from '../strategy.ts';
import { validateStructuralSchema } from './structural-schema.ts';

const SCOPES: readonly string[] = ['Cluster', 'Namespaced'];
const STRATEGIES: readonly string[] = ['None', 'Webhook'];

export function validateCustomResourceDefinition(one: Given<CustomResourceDefinition>): readonly FieldError[] {
  const { metadata, spec = {}, status } = one;
  const { name = '' } = metadata ?? {};
  const errors: FieldError[] = [];
  if (name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`) {
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  errors.push(...validateGroup(spec.group ?? ''), ...validateScope(spec.scope ?? ''));
  errors.push(...validateVersions(spec), ...validateNames(spec.names ?? {}, 'spec.names'));
  if (spec.preserveUnknownFields === true) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, detail));
  }
  const strategy = spec.conversion?.strategy ?? '';
  if (!STRATEGIES.includes(strategy)) errors.push(notSupported('spec.conversion.strategy', strategy, STRATEGIES));
  if (strategy === 'Webhook' && spec.conversion?.webhook?.clientConfig === undefined) {
    const detail = 'required when strategy is set to Webhook';
    errors.push(required('spec.conversion.webhook.clientConfig', detail));
  }
  return [...errors, ...validateStoredVersions(spec, status?.storedVersions ?? [])];
}

function validateGroup(group: string): readonly FieldError[] {
  const path = 'spec.group';
  if (group === '') return [required(path)];
  const faults = dns1123Subdomain(group);
  if (faults.length > 0) return [invalid(path, group, faults.join(','))];
  return group.includes('.') ? [] : [invalid(path, group, 'should be a domain with at least one dot')];
}

function validateScope(scope: string): readonly FieldError[] {
  if (scope === '') return [required('spec.scope')];
  return SCOPES.includes(scope) ? [] : [notSupported('spec.scope', scope, SCOPES)];
}

/** Names of versions, one of them stored, each with a schema. */
function validateVersions({ versions = [] }: Given<CustomResourceDefinitionSpec>): readonly FieldError[] {
  const path = 'spec.versions';
  const errors: FieldError[] = [];
  const schemas = versions.map((version) => version.schema?.openAPIV3Schema);
  // A schema that all versions share is looked at once, in the place it had when there could be only one.
  const isShared = schemas.every((schema) => equal(schema as JsonValue, schemas[0] as JsonValue));
  for (const [at, { name = '' }] of versions.entries()) {
    const here = index(path, at);
    const faults = dns1035Label(name);
    if (faults.length > 0) errors.push(invalid(child(here, 'name'), name, faults.join(',')));
    const schema = schemas[at];
    if (schema === undefined) {
      errors.push(required(child(here, 'schema', 'openAPIV3Schema'), 'schemas are required'));
    } else if (!isShared) errors.push(...validateStructuralSchema(schema, child(here, 'schema', 'openAPIV3Schema')));
    else if (at === 0) errors.push(...validateStructuralSchema(schema, 'spec.validation.openAPIV3Schema'));
  }
  const names = versions.map(({ name = '' }) => name);
  if (new Set(names).size < names.length) {
    errors.push(invalid(path, goJson(versions), 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(invalid(path, goJson(versions), 'must have exactly one version marked as storage version'));
  }
  return errors;
}

function validateNames(names: Given<CustomResourceDefinitionNames>, path: Path): readonly FieldError[] {
  const { plural = '', kind = '', singular = '', listKind = '', shortNames = [], categories = [] } = names;
  const errors: FieldError[] = [];
  const check = (value: string, here: Path): void => {
    const faults = dns1035Label(value.toLowerCase() === value ? value : value.toLowerCase());
    if (faults.length > 0) errors.push(invalid(here, value, faults.join(',')));
  };
  if (plural === '') errors.push(required(child(path, 'plural')));
  if (singular === '') errors.push(required(child(path, 'singular')));
  if (kind === '') errors.push(required(child(path, 'kind')));
  if (listKind === '') errors.push(required(child(path, 'listKind')));
  for (const [field, value] of Object.entries({ plural, singular })) {
    const faults = value === '' ? [] : dns1035Label(value);
    if (faults.length > 0) errors.push(invalid(child(path, field), value, faults.join(',')));
  }
  for (const [field, value] of Object.entries({ kind, listKind })) {
    if (value !== '') check(value, child(path, field));
  }
  for (const [field, list] of Object.entries({ shortNames, categories })) {
    for (const [at, value] of list.entries()) {
      const faults = dns1035Label(value);
      if (faults.length > 0) errors.push(invalid(index(child(path, field), at), value, faults.join(',')));
    }
  }
  if (kind !== '' && kind === listKind) {
    errors.push(invalid(child(path, 'listKind'), listKind, 'kind and listKind may not be the same'));
  }
  return errors;
}

/** Versions in which objects may stand: the one they are written in is one of them. */
function validateStoredVersions(
  { versions = [] }: Given<CustomResourceDefinitionSpec>,
  stored: readonly string[],
): readonly FieldError[] {
  return versions.flatMap(({ name = '', storage }) =>
    storage === true && !stored.includes(name)
      ? [invalid('status.storedVersions', goStrings(stored), `must have the storage version ${name}`)]
      : [],
  );
}

/** What an established definition keeps: its group, its scope, its kind and its plural. */
export function validateCustomResourceDefinitionUpdate(
  next: Given<CustomResourceDefinition>,
  previous: Given<CustomResourceDefinition>,
): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const established = previous.status?.conditions?.some((one) => one.type === 'Established' && one.status === 'True');
  if (established !== true) return [];
  return [
    ...validateImmutable(now.group, before.group, 'spec.group'),
    ...validateImmutable(now.scope, before.scope, 'spec.scope'),
    ...validateImmutable(now.names?.kind, before.names?.kind, 'spec.names.kind'),
    ...validateImmutable(now.names?.plural, before.names?.plural, 'spec.names.plural'),
  ];
}
