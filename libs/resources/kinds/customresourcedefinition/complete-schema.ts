import type { FieldError } from '../../field-error.ts';
import { child, key, type Path, required } from '../../validation/field.ts';
import { isSchema, listed, type Schema } from './schemas.ts';

/** Every field that `allOf` and its like speak of stands in the structure too. */
export function isComplete(schema: Schema, path: Path): readonly FieldError[] {
  return validateValues(schema, schema, path, path);
}

function validateValues(value: Schema, structure: Schema, path: Path, at: Path): readonly FieldError[] {
  const { not } = value;
  const parts = [
    ...(not === undefined ? [] : [{ schema: not, path: child(at, 'not') }]),
    ...listed(value.allOf, child(at, 'allOf')),
    ...listed(value.anyOf, child(at, 'anyOf')),
    ...listed(value.oneOf, child(at, 'oneOf')),
  ];
  return parts.flatMap((part) => validateNested(part.schema, structure, path, part.path));
}

function validateNested(value: Schema, structure: Schema | undefined, path: Path, at: Path): readonly FieldError[] {
  if (structure === undefined) return [required(path, `because it is defined in ${at}`)];
  const errors = [...validateValues(value, structure, path, at)];
  if (isSchema(value.items)) {
    const items = isSchema(structure.items) ? structure.items : undefined;
    errors.push(...validateNested(value.items, items, child(path, 'items'), child(at, 'items')));
  }
  for (const [name, part] of Object.entries(value.properties ?? {})) {
    const [here, there] = [key(child(path, 'properties'), name), key(child(at, 'properties'), name)];
    errors.push(...validateNested(part ?? {}, structure.properties?.[name], here, there));
  }
  return errors;
}
