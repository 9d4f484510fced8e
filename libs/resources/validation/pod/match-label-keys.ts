import type { FieldError } from '../../field-error.ts';
import type { LabelSelector } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { child, forbidden, index, invalid, invalids, type Path } from '../field.ts';

/** Labels of the pod that count in its selector with the value the pod has, or with every other. */
export interface LabelKeys {
  readonly matchLabelKeys?: readonly string[] | undefined;
  readonly mismatchLabelKeys?: readonly string[] | undefined;
  readonly labelSelector?: Given<LabelSelector> | undefined;
}

/**
 * They have become requirements of the selector by now: a label that is both a key and was selected by the client
 * stands there twice.
 */
export function validateLabelKeys(keys: LabelKeys, path: Path): readonly FieldError[] {
  const { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector } = keys;
  if (matchLabelKeys.length === 0 && mismatchLabelKeys.length === 0) return [];
  const errors = [
    ...validateKeys(matchLabelKeys, labelSelector, child(path, 'matchLabelKeys')),
    ...validateKeys(mismatchLabelKeys, labelSelector, child(path, 'mismatchLabelKeys')),
  ];
  const selected = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key = '' } of labelSelector?.matchExpressions ?? []) {
    const at = matchLabelKeys.lastIndexOf(key);
    if (at >= 0 && selected.has(key)) {
      errors.push(invalid(index(path, at), key, 'exists in both matchLabelKeys and labelSelector'));
    }
    selected.add(key);
  }
  for (const [at, key] of matchLabelKeys.entries()) {
    if (!mismatchLabelKeys.includes(key)) continue;
    const here = index(child(path, 'matchLabelKeys'), at);
    errors.push(invalid(here, key, 'exists in both matchLabelKeys and mismatchLabelKeys'));
  }
  return errors;
}

function validateKeys(
  keys: readonly string[],
  selector: Given<LabelSelector> | undefined,
  path: Path,
): readonly FieldError[] {
  if (keys.length === 0) return [];
  if (selector === undefined) return [forbidden(path, 'must not be specified when labelSelector is not set')];
  return keys.flatMap((key, at) => invalids(index(path, at), key, qualifiedName(key)));
}
