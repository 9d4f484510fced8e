import type { FieldError } from '../field-error.ts';
import { invalid } from './field.ts';
import { validateNonNegative } from './non-negative.ts';

/** Counts of a workload's status: none is negative, and those in `parts` are no more than `replicas`. */
export function validateReplicaCounts<Count extends string>(
  status: { readonly [Name in Count]?: number | undefined },
  counts: readonly Count[],
  parts: readonly Count[],
  replicas: number,
): readonly FieldError[] {
  const errors = counts.flatMap((count) => [...validateNonNegative(status[count], `status.${count}`)]);
  for (const part of parts) {
    const count = status[part] ?? 0;
    if (count > replicas) {
      errors.push(invalid(`status.${part}`, count, 'cannot be greater than status.replicas'));
    }
  }
  return errors;
}

/** A counter of hash collisions only ever grows. */
export function validateCollisions(next: number | undefined, previous: number | undefined): readonly FieldError[] {
  return (next ?? 0) < (previous ?? 0) ? [invalid('status.collisionCount', next ?? 0, 'cannot be decremented')] : [];
}
