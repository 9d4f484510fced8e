import type { FieldError } from '../../field-error.ts';
import type { LimitRange, LimitRangeItem } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
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
    const errors = [...invalids(child(path, 'type'), type, qualifiedName(type))];
    if (seen.has(type)) errors.push(duplicate(child(path, 'type'), type));
    seen.add(type);
    return [...errors, ...validateForType(item, path), ...validateBounds(item, path)];
  });
}

function validateForType(item: Given<LimitRangeItem>, path: Path): readonly FieldError[] {
  if (item.type === 'Pod') {
    return (['default', 'defaultRequest'] as const)
      .filter((field) => Object.keys(item[field] ?? {}).length > 0)
      .map((field) => forbidden(child(path, field), "may not be specified when `type` is 'Pod'"));
  }
  if (
    item.type === 'PersistentVolumeClaim' &&
    item.min?.['storage'] === undefined &&
    item.max?.['storage'] === undefined
  ) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    return [required(child(path, 'limits'), detail)];
  }
  return [];
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
    return errors;
  });
}

function nanos(text: string): bigint {
  return parseQuantity(text)?.nanos ?? 0n;
}
