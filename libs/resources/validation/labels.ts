import type { FieldError } from '../field-error.ts';
import { labelValue, qualifiedName } from '../syntax/labels.ts';
import { invalids, type Path } from './field.ts';

/** A map of strings as it arrives. */
export type GivenMap = Readonly<Record<string, string | undefined>>;

/** Checks label keys and values; every fault stands at the map's own path. */
export function validateLabels(labels: GivenMap | undefined, path: Path): readonly FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([name, value = '']) => [
    ...invalids(path, name, qualifiedName(name)),
    ...invalids(path, value, labelValue(value)),
  ]);
}
