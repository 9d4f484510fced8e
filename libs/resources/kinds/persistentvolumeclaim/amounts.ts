import type { FieldError } from '../../field-error.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { invalid, type Path } from '../../validation/field.ts';

const NANOS = 1_000_000_000n;

/** An amount that is not below zero, said in whole units as Kubernetes rounds them: away from zero. */
export function validateAmount(text: string, path: Path): readonly FieldError[] {
  const nanos = parseQuantity(text)?.nanos ?? 0n;
  if (nanos >= 0n) return [];
  return [invalid(path, Number((nanos - NANOS + 1n) / NANOS), 'must be a valid resource quantity')];
}
