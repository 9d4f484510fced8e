import type { FieldError } from '../field-error.ts';
import type { JsonValue } from '../json.ts';
import { equal } from '../kinds/strategy.ts';
import { invalid, type Path, type ShownValue } from './field.ts';
import { goJson } from './go-syntax.ts';
import { FIELD_IMMUTABLE } from './metadata.ts';

/** A field that stays what it was. `shown` is how Kubernetes prints the new value; its JSON when absent. */
export function validateImmutable(
  next: unknown,
  previous: unknown,
  path: Path,
  shown?: ShownValue,
): readonly FieldError[] {
  const [now, before] = [next as JsonValue | undefined, previous as JsonValue | undefined];
  if (equal(now, before)) return [];
  const isScalar = typeof now !== 'object';
  return [invalid(path, shown ?? (isScalar ? now : goJson(now)), FIELD_IMMUTABLE)];
}
