import type { FieldError } from '../field-error.ts';
import { notSupported, type Path, required } from './field.ts';

/** A value of a closed set that must be there; `choices` is listed in the order given. */
export function validateChoice(value: string, choices: readonly string[], path: Path): readonly FieldError[] {
  if (value === '') return [required(path)];
  return choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

/** A value of a closed set, if it is there; the empty text is a value like any other. */
export function validateOptionalChoice(
  value: string | undefined,
  choices: readonly string[],
  path: Path,
): readonly FieldError[] {
  return value === undefined || choices.includes(value) ? [] : [notSupported(path, value, choices)];
}
