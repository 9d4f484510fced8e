import type { FieldError } from '../../field-error.ts';
import type { KeyToPath } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, invalid, type Path, required } from '../field.ts';
import { FILE_MODE } from '../phrases.ts';
import { validateLocalPath } from './paths.ts';

/** Fields that must be there and not be empty. */
export function needed<Field extends string>(
  source: { readonly [Key in Field]?: unknown },
  path: Path,
  ...fields: readonly Field[]
): FieldError[] {
  return fields.filter((field) => isMissing(source[field])).map((field) => required(child(path, field)));
}

export function isMissing(value: unknown): boolean {
  return value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Permission bits of a file. */
export function validateMode(mode: number | undefined, path: Path): readonly FieldError[] {
  return mode === undefined || (mode >= 0 && mode <= 0o777) ? [] : [invalid(path, mode, FILE_MODE)];
}

/** Which key goes to which file; `claim` says what is wrong with a file beside its path. */
export function validateItems(
  items: readonly Given<KeyToPath>[] | undefined,
  path: Path,
  claim: (file: string) => readonly FieldError[] = () => [],
): readonly FieldError[] {
  return (items ?? []).flatMap((item, at) => {
    const here = index(path, at);
    const file = item.path ?? '';
    return [
      ...needed(item, here, 'key', 'path'),
      ...validateLocalPath(file, child(here, 'path')),
      ...validateMode(item.mode, child(here, 'mode')),
      ...(file === '' ? [] : claim(file)),
    ];
  });
}
