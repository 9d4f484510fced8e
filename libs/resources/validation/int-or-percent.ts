import type { FieldError } from '../field-error.ts';
import type { IntOrString } from '../generated/types.ts';
import { regexFault } from '../syntax/regex-fault.ts';
import { invalid, type Path } from './field.ts';
import { goIntOrString } from './go-syntax.ts';
import { validateNonNegative } from './non-negative.ts';

/** The number of a percentage such as `25%`; undefined for anything else. */
export function percentOf(value: IntOrString): number | undefined {
  return typeof value === 'string' && /^[0-9]+%$/.test(value) ? Number(value.slice(0, -1)) : undefined;
}

/** A number, also one that is given as a text, or a percentage as a number; 0 for what is none of these. */
export function asCount(value: IntOrString): number {
  if (typeof value === 'number') return value;
  return percentOf(value) ?? (/^[+-]?[0-9]+$/.test(value) ? Number(value) : 0);
}

/** A number that is not negative, or a percentage. */
export function validateIntOrPercent(value: IntOrString, path: Path): readonly FieldError[] {
  if (typeof value === 'number') return validateNonNegative(value, path);
  if (percentOf(value) !== undefined) return [];
  const fault = regexFault(
    "a valid percent string must be a numeric string followed by an ending '%'",
    '[0-9]+%',
    '1%',
    '93%',
  );
  return [invalid(path, goIntOrString(value), fault)];
}

/** A percentage is a part of the whole. */
export function validateAtMostWhole(value: IntOrString, path: Path): readonly FieldError[] {
  return (percentOf(value) ?? 0) > 100 ? [invalid(path, goIntOrString(value), 'must not be greater than 100%')] : [];
}
