import type { FieldError } from '../../field-error.ts';
import type { DeviceTaint, DeviceToleration } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import { child, invalid, invalids, notSupported, type Path, required } from '../../validation/field.ts';

const EFFECTS: readonly string[] = ['NoExecute', 'NoSchedule', 'None'];
const OPERATORS: readonly string[] = ['Equal', 'Exists'];

/** A taint of a device; an effect that was there before is not looked at again. */
export function validateTaint(
  { key = '', value = '', effect = '' }: Given<DeviceTaint>,
  effectBefore: string | undefined,
  path: Path,
): readonly FieldError[] {
  const errors = [...invalids(child(path, 'key'), key, qualifiedName(key))];
  if (value !== '') errors.push(...invalids(child(path, 'value'), value, labelValue(value)));
  if (effect === effectBefore) return errors;
  const here = child(path, 'effect');
  if (effect === '') errors.push(required(here));
  else if (!EFFECTS.includes(effect)) errors.push(notSupported(here, effect, EFFECTS));
  return errors;
}

export function validateToleration(
  { key = '', operator = '', value = '', effect = '' }: Given<DeviceToleration>,
  path: Path,
): readonly FieldError[] {
  const errors = key === '' ? [] : [...invalids(child(path, 'key'), key, qualifiedName(key))];
  const [valuePath, operatorPath] = [child(path, 'value'), child(path, 'operator')];
  if (operator === 'Exists') {
    if (value !== '') errors.push(invalid(valuePath, value, 'must be empty for operator `Exists`'));
  } else if (operator === 'Equal') errors.push(...invalids(valuePath, value, labelValue(value)));
  else errors.push(operator === '' ? required(operatorPath) : notSupported(operatorPath, operator, OPERATORS));
  if (effect !== '' && !EFFECTS.includes(effect)) {
    errors.push(notSupported(child(path, 'effect'), effect, EFFECTS));
  }
  return errors;
}
