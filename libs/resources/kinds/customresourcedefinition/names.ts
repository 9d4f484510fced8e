import type { FieldError } from '../../field-error.ts';
import type { CustomResourceDefinitionNames } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1035Label } from '../../syntax/names.ts';
import { child, index, invalid, type Path, required } from '../../validation/field.ts';

type Names = Given<CustomResourceDefinitionNames>;

/** The names that a definition has to give; the status may not know them yet. */
export function requireNames(names: Names, path: Path): readonly FieldError[] {
  return (['plural', 'singular', 'kind', 'listKind'] as const)
    .filter((field) => (names[field] ?? '') === '')
    .map((field) => required(child(path, field)));
}

export function validateNames(names: Names, path: Path): readonly FieldError[] {
  const { kind = '', listKind = '', shortNames, categories } = names;
  const errors: FieldError[] = [];
  for (const field of ['plural', 'singular'] as const) {
    const value = names[field] ?? '';
    if (value !== '') errors.push(...validateLabel(value, child(path, field)));
  }
  for (const [field, value] of Object.entries({ kind, listKind })) {
    const faults = value === '' ? [] : dns1035Label(value.toLowerCase());
    if (faults.length === 0) continue;
    const detail = `may have mixed case, but should otherwise match: ${faults.join(',')}`;
    errors.push(invalid(child(path, field), value, detail));
  }
  errors.push(...validateList(shortNames, child(path, 'shortNames')));
  if (kind !== '' && kind === listKind) {
    errors.push(invalid(child(path, 'listKind'), listKind, 'kind and listKind may not be the same'));
  }
  return [...errors, ...validateList(categories, child(path, 'categories'))];
}

function validateList(list: readonly string[] | undefined, path: Path): readonly FieldError[] {
  return (list ?? []).flatMap((value, at) => validateLabel(value, index(path, at)));
}

/** A label, whose faults are told in one. */
export function validateLabel(value: string, path: Path): readonly FieldError[] {
  const faults = dns1035Label(value);
  return faults.length === 0 ? [] : [invalid(path, value, faults.join(','))];
}
