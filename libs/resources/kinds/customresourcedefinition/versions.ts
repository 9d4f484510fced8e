import type { FieldError } from '../../field-error.ts';
import { child, index, invalid, type Path, required } from '../../validation/field.ts';
import { validateLabel } from './names.ts';
import { goVersions, type Told, type Version } from './shared-parts.ts';
import type { Strictness } from './strictness.ts';
import { validateColumns, validateSchema, validateSelectableFields, validateSubresources } from './version-parts.ts';

const WARNING_CHARACTERS = 256;
const UNPRINTABLE = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u;

/** Versions with what each of them says of its own: one of them stored, each with a schema. */
export function validateVersions({ versions, shared }: Told, strict: Strictness, path: Path): readonly FieldError[] {
  const list = child(path, 'versions');
  const errors = [...validatePresence({ versions, shared }, strict, list)];
  for (const [at, version] of versions.entries()) {
    errors.push(
      ...validateLabel(version.name ?? '', child(index(list, at), 'name')),
      ...validateVersion(version, version.subresources ?? shared.subresources, strict, index(list, at)),
    );
  }
  const names = versions.map(({ name = '' }) => name);
  if (new Set(names).size < names.length) {
    errors.push(invalid(list, goVersions(versions), 'must contain unique version names'));
  }
  if (versions.filter(({ storage }) => storage === true).length !== 1) {
    errors.push(invalid(list, goVersions(versions), 'must have exactly one version marked as storage version'));
  }
  // The first version stands beside the list too, as it did when there was one only.
  const [first = ''] = names;
  return first === '' ? errors : [...errors, ...validateLabel(first, child(path, 'version'))];
}

function validatePresence({ versions, shared }: Told, strict: Strictness, path: Path): readonly FieldError[] {
  if (shared.schema?.openAPIV3Schema !== undefined) return [];
  return versions.flatMap(({ schema, served }, at) => {
    if (schema?.openAPIV3Schema !== undefined || (!strict.schemas && served !== true)) return [];
    const detail = strict.schemas ? 'schemas are required' : 'because otherwise all fields are pruned';
    return [required(child(index(path, at), 'schema', 'openAPIV3Schema'), detail)];
  });
}

function validateVersion(
  version: Version,
  subresources: Version['subresources'],
  strict: Strictness,
  path: Path,
): readonly FieldError[] {
  const { deprecationWarning: warning, schema, selectableFields = [] } = version;
  const warningPath = child(path, 'deprecationWarning');
  const faults = warning === undefined ? [] : warningFaults(warning, version.deprecated === true);
  const errors = [
    ...faults.map((fault) => invalid(warningPath, warning, fault)),
    ...validateSchema(schema?.openAPIV3Schema, subresources?.status !== undefined, strict, child(path, 'schema')),
    ...validateSubresources(version.subresources, child(path, 'subresources')),
    ...validateColumns(version.additionalPrinterColumns, child(path, 'additionalPrinterColumns')),
  ];
  if (selectableFields.length === 0) return errors;
  const here = child(path, 'selectableFields');
  if (schema?.openAPIV3Schema !== undefined) {
    return [...errors, ...validateSelectableFields(selectableFields, schema.openAPIV3Schema, here)];
  }
  const detail = 'selectableFields may only be set when version.schema.openAPIV3Schema is not included';
  return [...errors, invalid(here, '', detail)];
}

function warningFaults(warning: string, isDeprecated: boolean): readonly string[] {
  if (!isDeprecated) return ['can only be set for deprecated versions'];
  const faults: string[] = [];
  if (Buffer.byteLength(warning) > WARNING_CHARACTERS) faults.push('must be <= 256 characters long');
  if (warning === '') faults.push('must not be an empty string');
  const at = warning.search(UNPRINTABLE);
  if (at >= 0) {
    const index = Buffer.byteLength(warning.slice(0, at));
    faults.push(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
  }
  return faults;
}
