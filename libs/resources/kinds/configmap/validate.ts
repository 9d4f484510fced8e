import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../../field-error.ts';
import type { ConfigMap } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { configMapKey } from '../../syntax/names.ts';
import { forbidden, invalid, invalids, key, tooLong } from '../../validation/field.ts';
import { equal } from '../strategy.ts';

const IMMUTABLE = 'field is immutable when `immutable` is set';

/** Keys are file names, stand in one of the two maps only, and all values together stay within the bound. */
export function validateConfigMap(one: Given<ConfigMap>): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [name, value = ''] of Object.entries(one.data ?? {})) {
    errors.push(...invalids(key('data', name), name, configMapKey(name)));
    if (one.binaryData?.[name] !== undefined) {
      errors.push(invalid(key('data', name), name, 'duplicate of key present in binaryData'));
    }
    bytes += Buffer.byteLength(value);
  }
  for (const [name, value = ''] of Object.entries(one.binaryData ?? {})) {
    errors.push(...invalids(key('binaryData', name), name, configMapKey(name)));
    bytes += Buffer.byteLength(value, 'base64');
  }
  if (bytes > limits.configMapBytes) errors.push(tooLong('', limits.configMapBytes));
  return errors;
}

/** An immutable ConfigMap stays as it is, and stays immutable. */
export function validateConfigMapUpdate(next: Given<ConfigMap>, previous: Given<ConfigMap>): readonly FieldError[] {
  if (previous.immutable !== true) return [];
  const errors: FieldError[] = [];
  if (next.immutable !== true) errors.push(forbidden('immutable', IMMUTABLE));
  if (!equal(next.data ?? {}, previous.data ?? {})) errors.push(forbidden('data', IMMUTABLE));
  if (!equal(next.binaryData ?? {}, previous.binaryData ?? {})) errors.push(forbidden('binaryData', IMMUTABLE));
  return errors;
}
