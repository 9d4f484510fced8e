import type { FieldError } from '../../field-error.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { index, invalid, notSupported, required } from '../../validation/field.ts';
import { goJson, goStrings } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateApproval } from './approval.ts';
import { validateConversion } from './conversion.ts';
import { strictnessAfter } from './grandfathered.ts';
import { requireNames, validateNames } from './names.ts';
import { someSchema } from './schemas.ts';
import { tell } from './shared-parts.ts';
import type { Strictness } from './strictness.ts';
import { validateColumns, validateSchema, validateSelectableFields, validateSubresources } from './version-parts.ts';
import { validateVersions } from './versions.ts';

type Definition = Given<CustomResourceDefinition>;
type Spec = Given<CustomResourceDefinitionSpec>;

const SCOPES: readonly string[] = ['Cluster', 'Namespaced'];

export function validateCustomResourceDefinition(one: Definition, previous?: Definition): readonly FieldError[] {
  const { metadata, spec = {}, status } = one;
  const { name = '' } = metadata ?? {};
  const errors: FieldError[] = [];
  if (previous === undefined && name !== `${spec.names?.plural ?? ''}.${spec.group ?? ''}`) {
    errors.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  }
  const isEstablished = holds(previous, 'Established');
  errors.push(...validateSpec(spec, strictnessAfter(previous?.spec, isEstablished)));
  if (previous !== undefined) errors.push(...validateKept(spec, previous.spec ?? {}, isEstablished));
  errors.push(
    ...validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames'),
    ...validateStoredVersions(spec, status?.storedVersions ?? []),
    ...validateApproval(one, previous),
  );
  if (spec.preserveUnknownFields === true && previous?.spec?.preserveUnknownFields !== true) {
    const detail =
      'cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead';
    errors.push(invalid('spec.preserveUnknownFields', true, detail));
  }
  return errors;
}

/** The status may accept the names, if they are names. */
export function validateCustomResourceDefinitionStatus({ status }: Definition): readonly FieldError[] {
  return validateNames(status?.acceptedNames ?? {}, 'status.acceptedNames');
}

function holds(one: Definition | undefined, type: string): boolean {
  return one?.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
}

function validateSpec(spec: Spec, strict: Strictness): readonly FieldError[] {
  const { versions = [], names = {}, conversion } = spec;
  const told = tell(versions);
  const { shared } = told;
  const hasStatus = versions.some(({ subresources }) => subresources?.status !== undefined);
  const isOpen = spec.preserveUnknownFields === true;
  const errors = [...validateGroup(spec.group ?? ''), ...validateScope(spec.scope ?? '')];
  const schemas = versions.flatMap(({ schema }) => schema?.openAPIV3Schema ?? []);
  if (isOpen && schemas.some((schema) => someSchema(schema, (one) => one.default !== undefined))) {
    const detail = 'must be false in order to use defaults in the schema';
    errors.push(invalid('spec.preserveUnknownFields', true, detail));
  }
  errors.push(
    ...validateVersions(told, strict, 'spec'),
    ...requireNames(names, 'spec.names'),
    ...validateNames(names, 'spec.names'),
    ...validateSchema(shared.schema?.openAPIV3Schema, hasStatus, strict, 'spec.validation'),
    ...validateSubresources(shared.subresources, 'spec.subresources'),
    ...validateColumns(shared.additionalPrinterColumns, 'spec.additionalPrinterColumns'),
  );
  if ((shared.selectableFields ?? []).length > 0) {
    const schema = shared.schema?.openAPIV3Schema;
    const path = 'spec.selectableFields';
    if (schema !== undefined) errors.push(...validateSelectableFields(shared.selectableFields, schema, path));
    else errors.push(invalid(path, '', 'selectableFields may only be set when validations.schema is included'));
  }
  if (conversion === undefined) return errors;
  const { strategy = '' } = conversion;
  if (isOpen && strategy !== 'None') {
    const detail = 'must be None if spec.preserveUnknownFields is true';
    errors.push(invalid('spec.conversion.strategy', strategy, detail));
  }
  return [...errors, ...validateConversion(conversion, strict, 'spec.conversion')];
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

/** Versions in which objects may stand: the one they are written in is one of them, and each is still known. */
function validateStoredVersions({ versions = [] }: Spec, stored: readonly string[]): readonly FieldError[] {
  const path = 'status.storedVersions';
  if (stored.length === 0) return [invalid(path, goJson(null), 'must have at least one stored version')];
  const missing = versions.flatMap(({ name = '', storage }) =>
    storage === true && !stored.includes(name)
      ? [invalid(path, goStrings(stored), `must have the storage version ${name}`)]
      : [],
  );
  const unknown = stored.flatMap((version, at) => {
    if (versions.some(({ name }) => name === version) || stored.indexOf(version) < at) return [];
    const detail = `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`;
    return [invalid(index(path, at), version, detail)];
  });
  return [...missing, ...unknown];
}

/** What a definition keeps: its group and its plural, and once it is established its scope and its kind. */
function validateKept(now: Spec, before: Spec, isEstablished: boolean): readonly FieldError[] {
  const errors = isEstablished
    ? [
        ...validateImmutable(now.scope, before.scope, 'spec.scope'),
        ...validateImmutable(now.names?.kind, before.names?.kind, 'spec.names.kind'),
      ]
    : [];
  return [
    ...errors,
    ...validateImmutable(now.group, before.group, 'spec.group'),
    ...validateImmutable(now.names?.plural, before.names?.plural, 'spec.names.plural'),
  ];
}
