import type { FieldError } from '../field-error.ts';
import type { Path } from './field.ts';

/** A fault of a whole structure, whose value would say less than the detail does. */
export function invalidWithoutValue(field: Path, detail: string): FieldError {
  return { type: 'FieldValueInvalid', field, message: `Invalid value: ${detail}` };
}
