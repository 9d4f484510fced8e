import type { FieldError } from '../../field-error.ts';
import { invalid, type Path } from '../field.ts';

/** A path below something: relative and without steps back. */
export function validateDescendingPath(value: string, path: Path): readonly FieldError[] {
  const errors = value.startsWith('/') ? [invalid(path, value, 'must be a relative path')] : [];
  return [...errors, ...validateNoBacksteps(value, path)];
}

/** No element of the path is `..`. */
export function validateNoBacksteps(value: string, path: Path): readonly FieldError[] {
  return value.split('/').includes('..') ? [invalid(path, value, "must not contain '..'")] : [];
}

/** A path of a file a volume makes: descending, and not one of the names the kubelet keeps for itself (`..data`). */
export function validateLocalPath(value: string, path: Path): readonly FieldError[] {
  const errors = validateDescendingPath(value, path);
  if (!value.startsWith('..') || value.startsWith('../')) return errors;
  return [...errors, invalid(path, value, "must not start with '..'")];
}
