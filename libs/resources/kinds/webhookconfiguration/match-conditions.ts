import type { FieldError } from '../../field-error.ts';
import type { MatchCondition } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { child, duplicate, index, invalids, type Path, required, tooMany } from '../../validation/field.ts';

const MAXIMUM_CONDITIONS = 64;

/** Conditions a request must meet beside the rules. What their expressions say is not looked at here. */
export function validateMatchConditions(
  conditions: readonly Given<MatchCondition>[],
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  return [
    ...(conditions.length > MAXIMUM_CONDITIONS ? [tooMany(path, conditions.length, MAXIMUM_CONDITIONS)] : []),
    ...conditions.flatMap(({ name = '', expression = '' }, at) => {
      const here = index(path, at);
      const errors: FieldError[] = [];
      if (expression.trim() === '') errors.push(required(child(here, 'expression')));
      if (name === '') return [...errors, required(child(here, 'name'))];
      errors.push(...invalids(child(here, 'name'), name, qualifiedName(name)));
      if (seen.has(name)) errors.push(duplicate(child(here, 'name'), name));
      seen.add(name);
      return errors;
    }),
  ];
}
