import type { FieldError } from '../../field-error.ts';
import type { JobSpec, SuccessPolicy, SuccessPolicyRule } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import {
  child,
  index,
  invalid,
  type Path,
  required,
  type ShownValue,
  tooLong,
  tooMany,
} from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { countIndexes } from './indexes.ts';

const MAXIMUM_RULES = 20;
const INDEXES_BYTES = 64 * 1024;

/** When an indexed Job counts as done before all of its indexes are. */
export function validateSuccessPolicy(spec: Given<JobSpec>, path: Path): readonly FieldError[] {
  const policy = spec.successPolicy;
  if (policy === undefined) return [];
  if (spec.completionMode !== 'Indexed')
    return [invalid(path, goSuccessPolicy(policy), 'requires indexed completion mode')];
  const rules = policy.rules ?? [];
  const here = child(path, 'rules');
  return [
    ...(rules.length === 0
      ? [required(here, 'at least one rules must be specified when the successPolicy is specified')]
      : []),
    ...(rules.length > MAXIMUM_RULES ? [tooMany(here, rules.length, MAXIMUM_RULES)] : []),
    ...rules.flatMap((rule, at) => validateRule(rule, spec.completions ?? 0, index(here, at))),
  ];
}

export function goSuccessPolicy(policy: Given<SuccessPolicy> | undefined): ShownValue {
  if (policy === undefined) return null;
  const rules = policy.rules?.map(({ succeededIndexes, succeededCount }) => ({
    SucceededIndexes: succeededIndexes ?? null,
    SucceededCount: succeededCount ?? null,
  }));
  return goStructure({ Rules: rules });
}

function validateRule(rule: Given<SuccessPolicyRule>, completions: number, path: Path): readonly FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  const errors: FieldError[] = [];
  if (succeededCount === undefined && succeededIndexes === undefined) {
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  }
  let named = 0;
  if (succeededIndexes !== undefined) {
    const here = child(path, 'succeededIndexes');
    if (succeededIndexes.length > INDEXES_BYTES) errors.push(tooLong(here, INDEXES_BYTES));
    const counted = countIndexes(succeededIndexes, completions);
    if (typeof counted === 'number') named = counted;
    else errors.push(invalid(here, succeededIndexes, `error parsing succeededIndexes: ${counted.fault}`));
  }
  if (succeededCount === undefined) return errors;
  const here = child(path, 'succeededCount');
  const atMost = (count: number, what: string): FieldError =>
    invalid(here, succeededCount, `must be less than or equal to ${count} (the number of ${what})`);
  errors.push(...validateNonNegative(succeededCount, here));
  if (succeededCount > completions) errors.push(atMost(completions, 'specified completions'));
  if (succeededIndexes !== undefined && succeededCount > named) {
    errors.push(atMost(named, 'indexes in the specified succeededIndexes field'));
  }
  return errors;
}
