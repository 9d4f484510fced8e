import type { FieldError } from '../field-error.ts';
import { invalid, type Path } from './field.ts';
import { NEGATIVE } from './phrases.ts';

/** A number that, if it is there, must not be negative. */
export function validateNonNegative(value: number | undefined, path: Path): readonly FieldError[] {
  return value === undefined || value >= 0 ? [] : [invalid(path, value, NEGATIVE)];
}
