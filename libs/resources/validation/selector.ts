import type { FieldError } from '../field-error.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { labelValue, qualifiedName } from '../syntax/labels.ts';
import { child, forbidden, index, invalid, invalids, type Path, required } from './field.ts';
import { type GivenMap, validateLabels } from './labels.ts';

/** Whether a selector's values must be valid labels; affinity terms of old objects may hold others. */
export function validateLabelSelector(selector: Given<LabelSelector> | undefined, path: Path): readonly FieldError[] {
  if (selector === undefined) return [];
  return [
    ...validateLabels(selector.matchLabels, child(path, 'matchLabels')),
    ...(selector.matchExpressions ?? []).flatMap((one, at) =>
      validateRequirement(one, index(child(path, 'matchExpressions'), at)),
    ),
  ];
}

function validateRequirement(one: Given<LabelSelectorRequirement>, path: Path): readonly FieldError[] {
  const { key = '', operator = '', values = [] } = one;
  const errors: FieldError[] = [];
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) {
        errors.push(required(child(path, 'values'), "must be specified when `operator` is 'In' or 'NotIn'"));
      }
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) {
        errors.push(
          forbidden(child(path, 'values'), "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      }
      break;
    default:
      errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  }
  errors.push(...invalids(child(path, 'key'), key, qualifiedName(key)));
  return [
    ...errors,
    ...values.flatMap((value, at) => invalids(index(child(path, 'values'), at), value, labelValue(value))),
  ];
}

/** Whether a selector selects nothing in particular, that is everything. */
export function isEmptySelector(selector: Given<LabelSelector> | undefined): boolean {
  return Object.keys(selector?.matchLabels ?? {}).length === 0 && (selector?.matchExpressions ?? []).length === 0;
}

/** Whether a selector matches labels; an absent one matches nothing. */
export function selectorMatches(selector: Given<LabelSelector> | undefined, labels: GivenMap): boolean {
  if (selector === undefined) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([name, value]) => labels[name] === value);
  return exact && (selector.matchExpressions ?? []).every((one) => requirementMatches(one, labels));
}

function requirementMatches(one: Given<LabelSelectorRequirement>, labels: GivenMap): boolean {
  const value = labels[one.key ?? ''];
  switch (one.operator ?? '') {
    case 'In':
      return value !== undefined && (one.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(one.values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
