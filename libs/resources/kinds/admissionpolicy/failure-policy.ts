import type { FieldError } from '../../field-error.ts';
import { notSupported, type Path, required } from '../../validation/field.ts';

const POLICIES: readonly string[] = ['Fail', 'Ignore'];

/** What becomes of a request that a policy cannot judge. */
export function validateFailurePolicy(policy: string | undefined, path: Path): readonly FieldError[] {
  if (policy === undefined) return [required(path)];
  return POLICIES.includes(policy) ? [] : [notSupported(path, policy, POLICIES)];
}
