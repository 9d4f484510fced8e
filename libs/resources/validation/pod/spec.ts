import type { FieldError } from '../../field-error.ts';
import type { PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, type Path, required } from '../field.ts';

/** Everything a pod spec must obey on its own, in a pod or in a template. */
export function validatePodSpec(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  return (spec.containers ?? []).length === 0 ? [required(child(path, 'containers'))] : [];
}
