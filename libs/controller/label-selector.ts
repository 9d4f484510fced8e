import type { LabelSelector, LabelSelectorRequirement } from '@taffrail/resources/generated/types';

type Labels = Readonly<Record<string, string>> | undefined;

/** Whether labels satisfy a `metav1.LabelSelector`. An absent selector selects nothing, an empty one everything. */
export function selectorMatches(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (selector === undefined) return false;
  return (
    mapMatches(selector.matchLabels, labels) && (selector.matchExpressions ?? []).every((one) => holds(one, labels))
  );
}

/** Whether labels contain every pair of `wanted`. */
export function mapMatches(wanted: Labels, labels: Labels): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

/** Whether a selector has no requirement at all. */
export function isEmptySelector(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

function holds(requirement: LabelSelectorRequirement, labels: Labels): boolean {
  const value = labels?.[requirement.key];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && (requirement.values ?? []).includes(value);
    case 'NotIn':
      return value === undefined || !(requirement.values ?? []).includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false; // validation lets no other operator in
  }
}
