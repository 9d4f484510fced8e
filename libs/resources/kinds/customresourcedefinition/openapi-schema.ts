import type { FieldError } from '../../field-error.ts';
import { child, forbidden, invalid, notSupported, type Path, required } from '../../validation/field.ts';
import { validateListSchema } from './list-schema.ts';
import { validateValidations } from './schema-validations.ts';
import { isSchema, itemsOf, listed, partsOf, type Schema, someSchema } from './schemas.ts';
import type { Strictness } from './strictness.ts';

export const TYPES: readonly string[] = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const MAP_TYPES: readonly string[] = ['atomic', 'granular'];
const META: readonly string[] = ['metadata', 'kind', 'apiVersion'];
/** Parts of JSON schema that no schema here may have. */
const UNSUPPORTED = ['id', 'additionalItems', 'patternProperties', 'definitions', 'dependencies', '$ref'] as const;

interface Context {
  readonly strict: Strictness;
  readonly isRoot?: boolean;
  /** Within the metadata of an object, at the top or embedded. */
  readonly isInMeta?: boolean;
  /** Why there may be no default. */
  readonly noDefaults?: string;
}

/** Whether there is a part of JSON schema that makes a structure untellable. */
export function hasUnsupported(schema: Schema): boolean {
  return someSchema(
    schema,
    (one) =>
      Array.isArray(one.items) ||
      one['x-kubernetes-preserve-unknown-fields'] === false ||
      (one['$schema'] ?? '') !== '' ||
      UNSUPPORTED.some((field) => hasField(one, field)),
  );
}

function hasField(schema: Schema, field: (typeof UNSUPPORTED)[number]): boolean {
  const value = schema[field];
  if (field === 'patternProperties' || field === 'definitions') return Object.keys(value ?? {}).length > 0;
  return value !== undefined && (field !== 'id' || value !== '');
}

/** The rules of a schema beside its structure. */
export function validateOpenApiSchema(schema: Schema, path: Path, context: Context): readonly FieldError[] {
  return [
    ...validateSupported(schema, path, context),
    ...(schema.uniqueItems === true
      ? [
          forbidden(
            child(path, 'uniqueItems'),
            'uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
          ),
        ]
      : []),
    ...validateNested(schema, path, context),
    ...validateExtensions(schema, path),
    ...validateListSchema(schema, path, context.strict),
    ...validateValidations(schema, path),
  ];
}

function validateSupported(schema: Schema, path: Path, context: Context): readonly FieldError[] {
  const { type = '' } = schema;
  const errors: FieldError[] = [];
  const typePath = child(path, 'type');
  if (context.strict.types && type !== '' && !TYPES.includes(type)) errors.push(notSupported(typePath, type, TYPES));
  if (schema.default !== undefined && context.noDefaults !== undefined) {
    errors.push(forbidden(child(path, 'default'), `must not be set ${context.noDefaults}`));
  }
  for (const field of UNSUPPORTED) {
    if (hasField(schema, field)) errors.push(forbidden(child(path, field), `${field} is not supported`));
  }
  if (type === 'null') errors.push(forbidden(typePath, 'type cannot be set to null, use nullable as an alternative'));
  if (Array.isArray(schema.items)) {
    errors.push(forbidden(child(path, 'items'), 'items must be a schema object and not an array'));
  }
  if (context.isInMeta === true && schema['x-kubernetes-embedded-resource'] === true) {
    errors.push(forbidden(child(path, 'x-kubernetes-embedded-resource'), 'must not be used inside of resource meta'));
  }
  return errors;
}

function validateNested(schema: Schema, path: Path, context: Context): readonly FieldError[] {
  const { additionalProperties, properties = {}, not } = schema;
  const { isRoot, ...below } = context;
  const errors: FieldError[] = [];
  const here = child(path, 'additionalProperties');
  if (additionalProperties !== undefined && additionalProperties !== true && Object.keys(properties).length > 0) {
    errors.push(forbidden(here, 'additionalProperties and properties are mutual exclusive'));
  }
  if (isSchema(additionalProperties)) {
    const noDefaults = 'inside additionalProperties applying to object metadata';
    const inner = context.isInMeta === true ? { ...below, noDefaults } : below;
    errors.push(...validateOpenApiSchema(additionalProperties, here, inner));
  }
  const isObject = isRoot === true || schema['x-kubernetes-embedded-resource'] === true;
  for (const [name, part] of Object.entries(properties)) {
    const isMeta = isObject && META.includes(name);
    const noDefaults = isMeta && isRoot === true ? { noDefaults: `in top-level ${name}` } : {};
    const inner = { ...below, ...(isMeta ? { isInMeta: true } : {}), ...noDefaults };
    errors.push(...validateOpenApiSchema(part ?? {}, `${child(path, 'properties')}[${name}]`, inner));
  }
  const parts = [
    ...(not === undefined ? [] : [{ schema: not, path: child(path, 'not') }]),
    ...listed(schema.allOf, child(path, 'allOf')),
    ...listed(schema.oneOf, child(path, 'oneOf')),
    ...listed(schema.anyOf, child(path, 'anyOf')),
    ...partsOf(schema.definitions, child(path, 'definitions')),
    ...itemsOf(schema, path),
    ...partsOf(schema.dependencies, child(path, 'dependencies')),
  ];
  return [...errors, ...parts.flatMap((part) => validateOpenApiSchema(part.schema, part.path, below))];
}

function validateExtensions(schema: Schema, path: Path): readonly FieldError[] {
  const { type = '' } = schema;
  const mapType = schema['x-kubernetes-map-type'];
  const errors: FieldError[] = [];
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    const here = child(path, 'x-kubernetes-preserve-unknown-fields');
    errors.push(invalid(here, false, 'must be true or undefined'));
  }
  if (mapType === undefined) return errors;
  const detail = 'must be object if x-kubernetes-map-type is specified';
  const typePath = child(path, 'type');
  if (type === '') errors.push(required(typePath, detail));
  else if (type !== 'object') errors.push(invalid(typePath, type, detail));
  if (!MAP_TYPES.includes(mapType)) {
    errors.push(notSupported(child(path, 'x-kubernetes-map-type'), mapType, MAP_TYPES));
  }
  return errors;
}
