import type { FieldError } from '../../field-error.ts';
import type { EnvFromSource, EnvVar, EnvVarSource } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { configMapKey, dns1123Subdomain, environmentVariableName } from '../../syntax/names.ts';
import { child, index, invalid, invalids, type Path, required } from '../field.ts';
import { ENV_FIELDS, validateFieldRef, validateResourceFieldRef } from './field-refs.ts';

export function validateEnv(variables: readonly Given<EnvVar>[], path: Path): readonly FieldError[] {
  return variables.flatMap((variable, at) => {
    const here = index(path, at);
    const name = variable.name ?? '';
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(here, 'name')));
    else errors.push(...invalids(child(here, 'name'), name, environmentVariableName(name)));
    if (variable.valueFrom !== undefined) {
      errors.push(...validateValueFrom(variable.valueFrom, variable.value ?? '', child(here, 'valueFrom')));
    }
    return errors;
  });
}

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
  const sources = [from.fieldRef, from.resourceFieldRef, from.configMapKeyRef, from.secretKeyRef, from.fileKeyRef];
  const count = sources.filter((source) => source !== undefined).length;
  if (count === 0) {
    const detail = 'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`';
    errors.push(invalid(path, '', detail));
  } else if (value !== '') errors.push(invalid(path, '', 'may not be specified when `value` is not empty'));
  else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
  return errors;
}

function validateKeyRef(name: string, key: string, path: Path): readonly FieldError[] {
  const errors = [...invalids(child(path, 'name'), name, dns1123Subdomain(name))];
  if (key === '') return [...errors, required(child(path, 'key'))];
  return [...errors, ...invalids(child(path, 'key'), key, configMapKey(key))];
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
      const name = ref.name ?? '';
      if (name === '') errors.push(required(child(here, field, 'name')));
      else errors.push(...invalids(child(here, field, 'name'), name, dns1123Subdomain(name)));
    }
    if (count === 0) errors.push(invalid(path, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (count > 1) errors.push(invalid(path, '', 'may not have more than one field specified at a time'));
    return errors;
  });
}
