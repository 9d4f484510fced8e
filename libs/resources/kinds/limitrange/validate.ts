import type { FieldError } from '../../field-error.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import {
  isOvercommitable,
  validateContainerResourceName,
  validateResourceName,
} from '../../validation/pod/resource-names.ts';
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalids,
  key,
  type Path,
  required,
} from '../../validation/field.ts';

export function validateLimitRange({ spec = {} }: Given<LimitRange>): readonly FieldError[] {
  const seen = new Set<string>();
  return (spec.limits ?? []).flatMap((item, at) => {
    const path = index('spec.limits', at);
    const type = item.type ?? '';
    const errors = [...validateType(type, child(path, 'type'))];
    if (seen.has(type)) errors.push(duplicate(child(path, 'type'), type));
    seen.add(type);
    return [
      ...errors,
      ...validateNames(item, path, 'max', 'min'),
      ...validateForType(item, path),
      ...validateNames(item, path, 'maxLimitRequestRatio'),
      ...validateBounds(item, path),
    ];
  });
}

const TYPES: readonly string[] = ['Pod', 'Container', 'PersistentVolumeClaim'];

function validateType(type: string, path: Path): readonly FieldError[] {
  const faults = qualifiedName(type);
  if (faults.length > 0) return invalids(path, type, faults);
  if (type.includes('/') || TYPES.includes(type)) return [];
  return [invalid(path, type, 'must be a standard limit type or fully qualified')];
}

type Bounds = 'max' | 'min' | 'default' | 'defaultRequest' | 'maxLimitRequestRatio';

/** Resources that can be bounded: of a pod or container what these can ask for, of anything else all there are. */
function validateNames(item: Given<LimitRangeItem>, path: Path, ...bounds: readonly Bounds[]): readonly FieldError[] {
  const check = item.type === 'Pod' || item.type === 'Container' ? validateContainerResourceName : validateResourceName;
  return bounds.flatMap((field) =>
    Object.keys(item[field] ?? {}).flatMap((name) => check(name, key(child(path, field), name))),
  );
}

function validateForType(item: Given<LimitRangeItem>, path: Path): readonly FieldError[] {
  if (item.type === 'Pod') {
    return (['default', 'defaultRequest'] as const)
      .filter((field) => Object.keys(item[field] ?? {}).length > 0)
      .map((field) => forbidden(child(path, field), "may not be specified when `type` is 'Pod'"));
  }
  const errors = [...validateNames(item, path, 'default', 'defaultRequest')];
  const { min, max } = item;
  if (item.type === 'PersistentVolumeClaim' && min?.['storage'] === undefined && max?.['storage'] === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(child(path, 'limits'), detail));
  }
  return errors;
}

function validateBounds(item: Given<LimitRangeItem>, path: Path): readonly FieldError[] {
  const { min, max, default: limit, defaultRequest: request, maxLimitRequestRatio: ratio } = item;
  const names = new Set([min, max, limit, request, ratio].flatMap((list) => Object.keys(list ?? {})));
  return [...names].flatMap((name) => {
    const errors: FieldError[] = [];
    /** Says that the first is greater than the second, where both are there. */
    const check = (
      field: string,
      [lowWord, low]: readonly [string, string | undefined],
      [highWord, high]: readonly [string, string | undefined],
      shown: string | undefined,
    ): void => {
      if (low === undefined || high === undefined || nanos(low) <= nanos(high)) return;
      errors.push(
        invalid(
          key(child(path, field), name),
          shown,
          `${lowWord} value ${low} is greater than ${highWord} value ${high}`,
        ),
      );
    };
    const [lowest, highest, given, asked] = [min?.[name], max?.[name], limit?.[name], request?.[name]];
    check('min', ['min', lowest], ['max', highest], lowest);
    check('defaultRequest', ['min', lowest], ['default request', asked], asked);
    check('defaultRequest', ['default request', asked], ['max', highest], asked);
    check('defaultRequest', ['default request', asked], ['default limit', given], asked);
    check('default', ['min', lowest], ['default', given], lowest);
    check('default', ['default', given], ['max', highest], highest);
    const factor = ratio?.[name];
    if (factor !== undefined && nanos(factor) < 1_000_000_000n) {
      errors.push(invalid(key(child(path, 'maxLimitRequestRatio'), name), factor, `ratio ${factor} is less than 1`));
    }
    if (factor !== undefined && lowest !== undefined && highest !== undefined && nanos(lowest) > 0n) {
      const most = Number(nanos(highest)) / Number(nanos(lowest));
      if (Number(nanos(factor)) / NANOS > most) {
        const detail = `ratio ${factor} is greater than max/min = ${most.toFixed(6)}`;
        errors.push(invalid(key(child(path, 'maxLimitRequestRatio'), name), factor, detail));
      }
    }
    const isShared = isOvercommitable(name);
    if (!isShared && given !== undefined && asked !== undefined && nanos(given) !== nanos(asked)) {
      const detail = `default value ${given} must equal to defaultRequest value ${asked} in ${name}`;
      errors.push(invalid(key(child(path, 'defaultRequest'), name), asked, detail));
    }
    return errors;
  });
}

const NANOS = 1_000_000_000;

function nanos(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n;
}
