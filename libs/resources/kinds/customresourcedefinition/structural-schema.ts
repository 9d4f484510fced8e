import type { FieldError } from '../../field-error.ts';
import type { JSONSchemaProps } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, invalid, key, type Path, required } from '../../validation/field.ts';

type Schema = Given<JSONSchemaProps>;

/** A schema from which an object's structure can be told: every part of it has a type. */
export function validateStructuralSchema(schema: Schema, path: Path): readonly FieldError[] {
  const { type = '' } = schema;
  const here = child(path, 'type');
  const root = type === '' ? [required(here, 'must not be empty at the root')] : [...validateRootType(type, here)];
  return [...root, ...validateParts(schema, path)];
}

function validateRootType(type: string, path: Path): readonly FieldError[] {
  return type === 'object' ? [] : [invalid(path, type, 'must be object at the root')];
}

function validateParts(schema: Schema, path: Path): readonly FieldError[] {
  const errors = Object.entries(schema.properties ?? {}).flatMap(([name, part]) =>
    validatePart(part, key(child(path, 'properties'), name), 'object fields'),
  );
  const { items, additionalProperties } = schema;
  if (isSchema(items)) errors.push(...validatePart(items, child(path, 'items'), 'array items'));
  if (schema.type === 'array' && items === undefined) errors.push(required(child(path, 'items'), 'must be specified'));
  if (isSchema(additionalProperties)) {
    errors.push(...validatePart(additionalProperties, child(path, 'additionalProperties'), 'object fields'));
  }
  return errors;
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function validatePart(schema: Schema | undefined, path: Path, what: string): FieldError[] {
  if (schema === undefined) return [];
  const isTyped =
    (schema.type ?? '') !== '' ||
    schema['x-kubernetes-int-or-string'] === true ||
    schema['x-kubernetes-preserve-unknown-fields'] === true;
  const errors = isTyped ? [] : [required(child(path, 'type'), `must not be empty for specified ${what}`)];
  return [...errors, ...validateParts(schema, path)];
}
