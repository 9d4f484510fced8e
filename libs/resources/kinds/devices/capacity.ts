import type { FieldError } from '../../field-error.ts';
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
  wholeValue,
  ZERO_QUANTITY,
} from '../../syntax/quantity.ts';
import { child, forbidden, index, invalid, type Path, required } from '../../validation/field.ts';
import { validateSet } from './lists.ts';

const OPTIONS = 10;

/** How much of a device may be asked for at once; only of one that several may have a part of. */
export function validateCapacity(
  { value, requestPolicy: policy }: Given<DeviceCapacity>,
  isShared: boolean,
  path: Path,
): readonly FieldError[] {
  if (policy === undefined) return [];
  const here = child(path, 'requestPolicy');
  if (!isShared) return [forbidden(here, 'allowMultipleAllocations must be true')];
  const { validValues = [], validRange } = policy;
  if (validValues.length > 0 && validRange !== undefined) {
    const detail =
      'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    return [forbidden(here, detail)];
  }
  if (validValues.length === 0 && validRange === undefined) return [];
  const field = validValues.length > 0 ? 'validValues' : 'validRange';
  if (policy.default === undefined) return [required(child(here, 'default'), `required when ${field} is defined`)];
  const [usual, most] = [read(policy.default), read(value)];
  return validRange === undefined
    ? validateOptions(policy, usual, most, child(here, field))
    : validateRange(validRange, usual, most, child(here, field));
}

function read(text: string | undefined): Quantity {
  return parseQuantity(text ?? '') ?? ZERO_QUANTITY;
}

function isMore(one: Quantity, other: Quantity): boolean {
  return compareQuantities(one, other) > 0;
}

function validateOptions(
  { validValues = [] }: Given<CapacityRequestPolicy>,
  usual: Quantity,
  most: Quantity,
  path: Path,
): readonly FieldError[] {
  const options = validValues.map((text) => read(text));
  const unsorted = options.flatMap((option, at) => {
    const before = options[at - 1];
    if (before === undefined || !isMore(before, option)) return [];
    return [invalid(index(path, at), formatQuantity(option), 'values must be sorted in ascending order')];
  });
  const large = (option: Quantity, at: Path): readonly FieldError[] => {
    if (!isMore(option, most)) return [];
    return [invalid(at, formatQuantity(option), `option is larger than capacity value: ${formatQuantity(most)}`)];
  };
  const wrong = validateSet(options, OPTIONS, large, (option) => String(wholeValue(option)), path);
  const hasUsual = options.length <= OPTIONS && options.some((option) => compareQuantities(option, usual) === 0);
  if (hasUsual) return [...unsorted, ...wrong];
  const detail = 'default value is not valid according to the requestPolicy';
  return [...unsorted, ...wrong, invalid(path, formatQuantity(usual), detail)];
}

function validateRange(
  range: Given<CapacityRequestPolicyRange>,
  usual: Quantity,
  most: Quantity,
  path: Path,
): readonly FieldError[] {
  const minimumPath = child(path, 'min');
  if (range.min === undefined) return [required(minimumPath, 'required when validRange is defined')];
  const minimum = read(range.min);
  const [least, all] = [formatQuantity(minimum), formatQuantity(most)];
  const errors: FieldError[] = [];
  if (isMore(minimum, most)) errors.push(invalid(minimumPath, least, `min is larger than capacity value: ${all}`));
  if (isMore(minimum, usual)) {
    errors.push(invalid(minimumPath, formatQuantity(usual), `default is less than min: ${least}`));
  }
  if (range.max !== undefined)
    errors.push(...validateMaximum(read(range.max), minimum, usual, most, child(path, 'max')));
  if (range.step === undefined) return errors;
  const [step, stepPath] = [read(range.step), child(path, 'step')];
  const first = addQuantities(minimum, step);
  if (isMore(first, most)) {
    const detail = `one step ${formatQuantity(first)} is larger than capacity value: ${all}`;
    errors.push(invalid(stepPath, formatQuantity(step), detail));
  }
  for (const reached of [usual, ...(range.max === undefined ? [] : [read(range.max)])]) {
    if ((wholeValue(reached) - wholeValue(minimum)) % wholeValue(step) === 0) continue;
    const detail = `value is not a multiple of a given step (${formatQuantity(step)}) from (${least})`;
    errors.push(invalid(stepPath, formatQuantity(reached), detail));
  }
  return errors;
}

function validateMaximum(
  maximum: Quantity,
  minimum: Quantity,
  usual: Quantity,
  most: Quantity,
  path: Path,
): readonly FieldError[] {
  const text = formatQuantity(maximum);
  const errors: FieldError[] = [];
  if (isMore(minimum, maximum)) errors.push(invalid(path, formatQuantity(minimum), `min is larger than max: ${text}`));
  if (isMore(maximum, most)) {
    errors.push(invalid(path, text, `max is larger than capacity value: ${formatQuantity(most)}`));
  }
  if (isMore(usual, maximum)) errors.push(invalid(path, formatQuantity(usual), `default is more than max: ${text}`));
  return errors;
}
