import type { MutableJsonObject } from '../json.ts';

/** Kubernetes writes an unset time that is no pointer as `null`: fills it in for each item of a list. */
export function nullTimes(items: readonly object[] | undefined, ...fields: readonly string[]): void {
  for (const item of items ?? []) {
    for (const field of fields) (item as MutableJsonObject)[field] ??= null;
  }
}
