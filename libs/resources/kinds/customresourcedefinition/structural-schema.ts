import type { FieldError } from '../../field-error.ts';
import { child, forbidden, invalid, type Path, required } from '../../validation/field.ts';
import { equal } from '../strategy.ts';
import { isComplete } from './complete-schema.ts';
import { isSchema, partsOf, type Schema } from './schemas.ts';
import { validateJunctors } from './value-schema.ts';

type Level = 'root' | 'item' | 'field';

const EMPTY_TYPE: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};
const EMBEDDED = 'must be object if x-kubernetes-embedded-resource is true';

/** A schema from which an object's structure can be told: every part of it has a type. Faults are told in their order. */
export function validateStructuralSchema(schema: Schema, path: Path): readonly FieldError[] {
  const errors = [...validateParts(schema, 'root', path), ...isComplete(schema, path)];
  const text = ({ field, message }: FieldError): string => `${field}: ${message}`;
  return errors.sort((one, other) => (text(one) < text(other) ? -1 : 1));
}

function validateParts(schema: Schema, level: Level, path: Path): FieldError[] {
  const { type = '', items, properties, additionalProperties } = schema;
  const errors: FieldError[] = [];
  const here = child(path, 'additionalProperties');
  if (type === 'array' && items === undefined) errors.push(required(child(path, 'items'), 'must be specified'));
  if (isSchema(items)) errors.push(...validateParts(items, 'item', child(path, 'items')));
  for (const part of partsOf(properties, child(path, 'properties'))) {
    errors.push(...validateParts(part.schema, 'field', part.path));
  }
  if (additionalProperties !== undefined && level === 'root')
    errors.push(forbidden(here, 'must not be used at the root'));
  if (isSchema(additionalProperties)) errors.push(...validateParts(additionalProperties, 'field', here));
  return [
    ...errors,
    ...validateExtensions(schema, path),
    ...validateJunctors(schema, path),
    ...validateType(schema, level, path),
    ...validateMeta(schema, level, path),
  ];
}

function validateExtensions(schema: Schema, path: Path): readonly FieldError[] {
  if (schema['x-kubernetes-int-or-string'] !== true) return [];
  return (['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    .filter((field) => schema[field] === true)
    .map((field) => invalid(child(path, field), true, 'must be false if x-kubernetes-int-or-string is true'));
}

function validateType(schema: Schema, level: Level, path: Path): readonly FieldError[] {
  const { type = '', additionalProperties } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const isOpen =
    schema['x-kubernetes-int-or-string'] === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  const here = child(path, 'type');
  const errors: FieldError[] = [];
  if (isEmbedded && type !== 'object') {
    errors.push(type === '' ? required(here, EMBEDDED) : invalid(here, type, EMBEDDED));
  } else if (type === '' && !isOpen) errors.push(required(here, EMPTY_TYPE[level]));
  if (isEmbedded && additionalProperties !== undefined) {
    const detail = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbidden(child(path, 'additionalProperties'), detail));
  }
  if (level === 'root' && type !== '' && type !== 'object') {
    errors.push(invalid(here, type, 'must be object at the root'));
  }
  return errors;
}

/** What every object has is known: its schema says nothing more of that than how it may be named. */
function validateMeta(schema: Schema, level: Level, path: Path): readonly FieldError[] {
  const { properties = {} } = schema;
  const isEmbedded = schema['x-kubernetes-embedded-resource'] === true;
  const isChecked = level === 'root' || isEmbedded;
  const errors: FieldError[] = [];
  for (const field of ['kind', 'apiVersion']) {
    const { type = '' } = properties[field] ?? { type: 'string' };
    if (isChecked && type !== 'string') {
      errors.push(invalid(`${child(path, 'properties')}[${field}].type`, type, 'must be string'));
    }
  }
  const { metadata } = properties;
  const here = `${child(path, 'properties')}[metadata]`;
  if (metadata !== undefined && isChecked && metadata.type !== 'object') {
    errors.push(invalid(child(here, 'type'), metadata.type ?? '', 'must be object'));
  }
  if (metadata !== undefined && level === 'root' && saysMoreThanNames(metadata)) {
    const detail = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
    errors.push(forbidden(here, detail));
  }
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true;
  if (isEmbedded && !isOpen && Object.keys(properties).length === 0) {
    const detail =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(child(path, 'properties'), detail));
  }
  return errors;
}

function saysMoreThanNames(metadata: Schema): boolean {
  const names = Object.keys(metadata.properties ?? {});
  if (names.some((name) => name !== 'name' && name !== 'generateName')) return true;
  return Object.entries(metadata).some(
    ([field, value]) =>
      !['type', 'default', 'properties'].includes(field) && value !== false && !equal(value, undefined),
  );
}
