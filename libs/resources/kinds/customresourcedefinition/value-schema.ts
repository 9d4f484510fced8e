import type { FieldError } from '../../field-error.ts';
import { child, forbidden, invalid, key, type Path } from '../../validation/field.ts';
import { equal } from '../strategy.ts';
import { isSchema, listed, partsOf, type Schema } from './schemas.ts';

/** A number or a text: the one choice of types that a structure may have. */
const INT_OR_STRING = [{ type: 'integer' }, { type: 'string' }];

/** What a schema within `allOf` and its like may not say, as it would say something of the structure. */
const STRUCTURE = {
  default: 'must be undefined',
  title: 'must be empty',
  description: 'must be empty',
  nullable: 'must be false',
  externalDocs: 'must be undefined',
  'x-kubernetes-preserve-unknown-fields': 'must be false',
  'x-kubernetes-embedded-resource': 'must be false',
  'x-kubernetes-int-or-string': 'must be false',
  'x-kubernetes-list-map-keys': 'must be empty',
  'x-kubernetes-list-type': 'must be undefined',
  'x-kubernetes-map-type': 'must be undefined',
  'x-kubernetes-validations': 'must be empty',
} as const;

/** `anyOf`, `allOf`, `oneOf` and `not` of a schema that has a structure of its own. */
export function validateJunctors(schema: Schema, path: Path): readonly FieldError[] {
  const isChoice = equal(schema.anyOf, INT_OR_STRING);
  const isFirstChoice = equal(schema.allOf?.[0]?.anyOf, INT_OR_STRING);
  return validateValue(schema, isChoice, isFirstChoice, path);
}

function validateValue(schema: Schema, skipAnyOf: boolean, skipFirst: boolean, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { not, pattern = '' } = schema;
  for (const part of skipAnyOf ? [] : listed(schema.anyOf, child(path, 'anyOf'))) {
    errors.push(...validateNested(part.schema, false, part.path));
  }
  for (const [at, part] of listed(schema.allOf, child(path, 'allOf')).entries()) {
    errors.push(...validateNested(part.schema, skipFirst && at === 0, part.path));
  }
  for (const part of listed(schema.oneOf, child(path, 'oneOf'))) {
    errors.push(...validateNested(part.schema, false, part.path));
  }
  if (not !== undefined) errors.push(...validateNested(not, false, child(path, 'not')));
  const fault = patternFault(pattern);
  if (fault !== undefined) {
    const detail = `must be a valid regular expression, but isn't: ${fault}`;
    errors.push(invalid(child(path, 'pattern'), pattern, detail));
  }
  return errors;
}

function patternFault(pattern: string): string | undefined {
  try {
    void new RegExp(pattern);
    return undefined;
  } catch {
    return isBalanced(pattern) ? undefined : `error parsing regexp: missing closing ): \`${pattern}\``;
  }
}

/** Whether every group is closed: of what else the two syntaxes disagree on, nothing is said. */
function isBalanced(pattern: string): boolean {
  const bare = pattern.replaceAll(/\\./g, '').replaceAll(/\[\^?\]?[^\]]*\]/g, '');
  return bare.split('(').length <= bare.split(')').length;
}

function validateNested(schema: Schema, skipAnyOf: boolean, path: Path): readonly FieldError[] {
  const { type = '', items, properties, additionalProperties } = schema;
  const errors = [...validateValue(schema, skipAnyOf, false, path)];
  if (isSchema(items)) errors.push(...validateNested(items, false, child(path, 'items')));
  for (const part of partsOf(properties, child(path, 'properties'))) {
    errors.push(...validateNested(part.schema, false, part.path));
  }
  if (type !== '') errors.push(forbidden(child(path, 'type'), 'must be empty to be structural'));
  if (additionalProperties !== undefined) {
    errors.push(forbidden(child(path, 'additionalProperties'), 'must be undefined to be structural'));
  }
  for (const [field, must] of Object.entries(STRUCTURE)) {
    const value = schema[field as keyof typeof STRUCTURE];
    if (value === false || equal(value, undefined)) continue;
    errors.push(forbidden(child(path, field), `${must} to be structural`));
  }
  if (properties?.['metadata'] !== undefined) {
    errors.push(forbidden(key(child(path, 'properties'), 'metadata'), 'must not be specified in a nested context'));
  }
  return errors;
}
