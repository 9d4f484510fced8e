import type { FieldError } from '../../field-error.ts';
import type { CustomResourceColumnDefinition, CustomResourceSubresources } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, duplicate, forbidden, index, invalid, type Path, required, tooMany } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { equal } from '../strategy.ts';
import { hasUnsupported, validateOpenApiSchema } from './openapi-schema.ts';
import { fieldAt, type Schema, someSchema } from './schemas.ts';
import type { Version } from './shared-parts.ts';
import type { Strictness } from './strictness.ts';
import { validateStructuralSchema } from './structural-schema.ts';

const COLUMN_TYPES = 'must be one of boolean,date,integer,number,string';
const COLUMN_FORMATS = 'must be one of byte,date,date-time,double,float,int32,int64,password';
const SELECTABLE_TYPES: readonly string[] = ['string', 'boolean', 'integer'];
const SELECTABLE_FIELDS = 8;

/** What a schema may say at its root where the status is written apart, by the name it has in Go. */
const AT_ROOT: Readonly<Record<string, string>> = {
  description: 'Description',
  type: 'Type',
  format: 'Format',
  title: 'Title',
  maximum: 'Maximum',
  exclusiveMaximum: 'ExclusiveMaximum',
  minimum: 'Minimum',
  exclusiveMinimum: 'ExclusiveMinimum',
  maxLength: 'MaxLength',
  minLength: 'MinLength',
  pattern: 'Pattern',
  maxItems: 'MaxItems',
  minItems: 'MinItems',
  uniqueItems: 'UniqueItems',
  multipleOf: 'MultipleOf',
  required: 'Required',
  items: 'Items',
  properties: 'Properties',
  externalDocs: 'ExternalDocs',
  example: 'Example',
  'x-kubernetes-preserve-unknown-fields': 'XPreserveUnknownFields',
  'x-kubernetes-validations': 'XValidations',
};

/** The schema of a version, or of all of them. */
export function validateSchema(
  schema: Schema | undefined,
  hasStatus: boolean,
  strict: Strictness,
  path: Path,
): readonly FieldError[] {
  if (schema === undefined) return [];
  const here = child(path, 'openAPIV3Schema');
  const errors = hasStatus ? [...validateRoot(schema, here)] : [];
  if (schema.nullable === true) errors.push(forbidden(child(here, 'nullable'), 'nullable cannot be true at the root'));
  if (!hasUnsupported(schema)) errors.push(...validateStructuralSchema(schema, here));
  errors.push(...validateOpenApiSchema(schema, here, { strict, isRoot: true }));
  if (errors.length > 0 || !someSchema(schema, (one) => (one['$schema'] ?? '') !== '')) return errors;
  return [invalid(here, '', "OpenAPIV3Schema 'schema' is not supported")];
}

function validateRoot(schema: Schema, path: Path): readonly FieldError[] {
  const { type = '' } = schema;
  if (type !== '' && type !== 'object') {
    const detail =
      'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
    return [invalid(child(path, 'type'), type, detail)];
  }
  const others = Object.entries(schema).filter(
    ([field, value]) => !Object.hasOwn(AT_ROOT, field) && value !== false && !equal(value, undefined),
  );
  if (others.length === 0) return [];
  const fields = Object.values(AT_ROOT).join(' ');
  const detail = `only [${fields}] fields are allowed at the root of the schema if the status subresource is enabled`;
  return [invalid(path, goJson(schema), detail)];
}

/** Where the numbers of replicas, and the selector, stand in objects. */
export function validateSubresources(
  subresources: Given<CustomResourceSubresources> | undefined,
  path: Path,
): readonly FieldError[] {
  const scale = subresources?.scale;
  if (scale === undefined) return [];
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = '' } = scale;
  const errors: FieldError[] = [];
  const check = (field: string, value: string, roots: readonly string[], where: string): void => {
    const here = child(path, 'scale', field);
    if (!value.startsWith('.')) errors.push(...validateJsonPath(value, here));
    else if (!roots.some((root) => value.startsWith(root))) {
      errors.push(invalid(here, value, `should be a json path under ${where}`));
    }
  };
  check('specReplicasPath', specReplicasPath, ['.spec.'], '.spec');
  check('statusReplicasPath', statusReplicasPath, ['.status.'], '.status');
  if (labelSelectorPath !== '') {
    check('labelSelectorPath', labelSelectorPath, ['.spec.', '.status.'], 'either .spec or .status');
  }
  return errors;
}

function validateJsonPath(value: string, path: Path): readonly FieldError[] {
  if (value === '') return [required(path)];
  return value.startsWith('.') ? [] : [invalid(path, value, 'must be a simple json path starting with .')];
}

/** The columns of tables. */
export function validateColumns(
  columns: readonly Given<CustomResourceColumnDefinition>[] | undefined,
  path: Path,
): readonly FieldError[] {
  return (columns ?? []).flatMap(({ name = '', type = '', format = '', jsonPath = '' }, at) => {
    const here = index(path, at);
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(here, 'name')));
    if (type === '') errors.push(required(child(here, 'type'), COLUMN_TYPES));
    else if (!isListed(type, COLUMN_TYPES)) errors.push(invalid(child(here, 'type'), type, COLUMN_TYPES));
    if (format !== '' && !isListed(format, COLUMN_FORMATS)) {
      errors.push(invalid(child(here, 'format'), format, COLUMN_FORMATS));
    }
    return [...errors, ...validateJsonPath(jsonPath, child(here, 'JSONPath'))];
  });
}

function isListed(value: string, detail: string): boolean {
  return (detail.split(' ').at(-1) ?? '').split(',').includes(value);
}

/** The fields objects may be chosen by: single values of the schema, each once. */
export function validateSelectableFields(
  fields: Version['selectableFields'],
  schema: Schema,
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  const errors = (fields ?? []).flatMap(({ jsonPath = '' }, at) => {
    const here = child(index(path, at), 'jsonPath');
    if (jsonPath === '') return [required(here)];
    const found = fieldAt(schema, jsonPath, false);
    if (typeof found === 'string') return [invalid(here, jsonPath, `is an invalid path: ${found}`)];
    const faults: FieldError[] = [];
    if (found.names[0] === 'metadata') faults.push(invalid(here, jsonPath, 'must not point to fields in metadata'));
    if (!SELECTABLE_TYPES.includes(found.schema.type ?? '')) {
      const detail =
        'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      faults.push(invalid(here, jsonPath, detail));
    }
    const name = found.names.join('.');
    if (seen.has(name)) faults.push(duplicate(here, jsonPath));
    seen.add(name);
    return faults;
  });
  return seen.size > SELECTABLE_FIELDS ? [...errors, tooMany(path, seen.size, SELECTABLE_FIELDS)] : errors;
}
