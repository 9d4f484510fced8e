import type { FieldError } from '../../field-error.ts';
import { forbidden, notSupported, type Path } from '../../validation/field.ts';

const SHORT: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

/** Access modes as kubectl writes them: `RWO,ROX`. */
export function accessModesText(modes: readonly string[]): string {
  return SHORT.filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

/** Modes Kubernetes knows; a volume for one pod alone is for nobody else. */
export function validateAccessModes(modes: readonly string[], path: Path): readonly FieldError[] {
  const known = SHORT.map(([mode]) => mode);
  const errors = modes
    .filter((mode) => !known.includes(mode))
    .map((mode) => notSupported(path, mode, known.toSorted()));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && known.includes(mode))) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
  return errors;
}
