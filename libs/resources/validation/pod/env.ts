import type { FieldError } from '../../field-error.ts';
import type { EnvFromSource, EnvVar, EnvVarSource, FileKeySelector, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import {
  configMapKey,
  dns1123Label,
  dns1123Subdomain,
  environmentVariableName,
  type Faults,
} from '../../syntax/names.ts';
import { child, index, invalid, invalids, notFound, type Path, required } from '../field.ts';
import { ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from './field-refs.ts';
import { validateNoBacksteps } from './paths.ts';
import { placedContainers } from './visit.ts';

export function validateEnv(variables: readonly Given<EnvVar>[], path: Path): readonly FieldError[] {
  return variables.flatMap((variable, at) => {
    const here = index(path, at);
    const errors = named(variable.name, environmentVariableName, child(here, 'name'));
    if (variable.valueFrom !== undefined) {
      errors.push(...validateValueFrom(variable.valueFrom, variable.value ?? '', child(here, 'valueFrom')));
    }
    return errors;
  });
}

/** A text that must be there and be of a form. */
function named(text = '', syntax: (text: string) => Faults, path: Path): FieldError[] {
  return text === '' ? [required(path)] : [...invalids(path, text, syntax(text))];
}

const NO_SOURCE =
  'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`';

function validateValueFrom(from: Given<EnvVarSource>, value: string, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (from.fieldRef !== undefined) errors.push(...validateFieldRef(from.fieldRef, ENV_FIELDS, child(path, 'fieldRef')));
  if (from.resourceFieldRef !== undefined) {
    errors.push(...validateResourceFieldRef(from.resourceFieldRef, child(path, 'resourceFieldRef'), false));
  }
  for (const field of ['configMapKeyRef', 'secretKeyRef'] as const) {
    const ref = from[field];
    if (ref !== undefined) errors.push(...validateKeyRef(ref.name ?? '', ref.key ?? '', child(path, field)));
  }
  if (from.fileKeyRef !== undefined) errors.push(...validateFileKeyRef(from.fileKeyRef, child(path, 'fileKeyRef')));
  const sources = [from.fieldRef, from.resourceFieldRef, from.configMapKeyRef, from.secretKeyRef, from.fileKeyRef];
  const count = sources.filter((source) => source !== undefined).length;
  if (count === 0) errors.push(invalid(path, '', NO_SOURCE));
  else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeyRef(name: string, key: string, path: Path): readonly FieldError[] {
  return [
    ...invalids(child(path, 'name'), name, dns1123Subdomain(name)),
    ...named(key, configMapKey, child(path, 'key')),
  ];
}

/** A variable of a file that another container of the pod wrote. */
function validateFileKeyRef(ref: Given<FileKeySelector>, path: Path): readonly FieldError[] {
  const here = child(path, 'path');
  return [
    ...named(ref.key, environmentVariableName, child(path, 'key')),
    ...named(ref.volumeName, dns1123Label, child(path, 'volumeName')),
    ...((ref.path ?? '') === '' ? [required(here)] : validateNoBacksteps(ref.path ?? '', here)),
  ];
}

/** Files of variables stand in volumes that live with the pod. */
export function validateFileKeyVolumes(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const { container, path: here } of placedContainers(spec, path)) {
    for (const [at, variable] of (container.env ?? []).entries()) {
      const ref = variable.valueFrom?.fileKeyRef;
      if (ref === undefined) continue;
      const name = ref.volumeName ?? '';
      const field = child(index(child(here, 'env'), at), 'valueFrom', 'fileKeyRef', 'volumeName');
      // Of two volumes of one name the later counts.
      const volume = (spec.volumes ?? []).findLast((one) => one.name === name);
      if (volume === undefined) errors.push(notFound(field, name));
      else if (volume.emptyDir === undefined) {
        errors.push(invalid(field, name, 'referenced volume must be of type emptyDir'));
      }
    }
  }
  return errors;
}

export function validateEnvFrom(sources: readonly Given<EnvFromSource>[], path: Path): readonly FieldError[] {
  return sources.flatMap((source, at) => {
    const here = index(path, at);
    const errors: FieldError[] = [];
    const prefix = source.prefix ?? '';
    if (prefix !== '') errors.push(...invalids(child(here, 'prefix'), prefix, environmentVariableName(prefix)));
    let count = 0;
    for (const field of ['configMapRef', 'secretRef'] as const) {
      const ref = source[field];
      if (ref === undefined) continue;
      count += 1;
      errors.push(...named(ref.name, dns1123Subdomain, child(here, field, 'name')));
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
