import type { FieldError } from '../../field-error.ts';
import { duplicate, index, key, type Path, type ShownValue, tooMany } from '../../validation/field.ts';

type Check<T> = (item: T, path: Path) => readonly FieldError[];

/** Every item of a list; one that is too long is not looked at. */
export function validateList<T>(
  list: readonly T[] | undefined,
  maximum: number,
  check: Check<T>,
  path: Path,
): readonly FieldError[] {
  const items = list ?? [];
  if (items.length > maximum) return [tooMany(path, items.length, maximum)];
  return items.flatMap((item, at) => check(item, index(path, at)));
}

/** Every item of a list no two of which have the same key. */
export function validateSet<T>(
  list: readonly T[] | undefined,
  maximum: number,
  check: Check<T>,
  keyOf: (item: T) => string,
  path: Path,
  shown: (item: T) => ShownValue = keyOf,
): readonly FieldError[] {
  const items = list ?? [];
  const errors = validateList(items, maximum, check, path);
  if (items.length > maximum) return errors;
  const seen = new Set<string>();
  const again = items.flatMap((item, at) => {
    const isKnown = seen.has(keyOf(item));
    seen.add(keyOf(item));
    return isKnown ? [duplicate(index(path, at), shown(item))] : [];
  });
  return [...errors, ...again];
}

/** Every key and value of a map. Long keys are cut in their middle where they stand in a path. */
export function validateEntries<T>(
  map: Readonly<Record<string, T>> | undefined,
  facts: { readonly maximum?: number; readonly keyCharacters: number },
  checkKey: Check<string>,
  check: Check<T>,
  path: Path,
): readonly FieldError[] {
  const entries = Object.entries(map ?? {});
  const { maximum = entries.length, keyCharacters } = facts;
  if (entries.length > maximum) return [tooMany(path, entries.length, maximum)];
  return entries.flatMap(([name, value]) => {
    const here = key(path, cut(name, keyCharacters));
    return [...checkKey(name, here), ...check(value, here)];
  });
}

const ELLIPSIS = '...';

function cut(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  const remaining = maximum - ELLIPSIS.length;
  return `${text.slice(0, Math.ceil(remaining / 2))}${ELLIPSIS}${text.slice(text.length - Math.floor(remaining / 2))}`;
}
