import type { FieldError } from '../../field-error.ts';
import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';

export function validatePodUpdate(_next: Given<Pod>, _previous: Given<Pod>): readonly FieldError[] {
  return [];
}

export function validatePodStatusUpdate(_next: Given<Pod>, _previous: Given<Pod>): readonly FieldError[] {
  return [];
}
