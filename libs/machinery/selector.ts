import { assertNever } from '@taffrail/platform/assert';

/** One requirement of a parsed label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: '=' | '!=' | 'in' | 'notin' | 'exists' | '!' | '>' | '<';
  readonly values: readonly string[];
}

/** A parsed label selector: all requirements hold. The empty one selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** One requirement of a parsed field selector. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/** Selects every object. */
export const EVERYTHING: LabelSelector & FieldSelector = Object.freeze([]);

/** Selects no object: a value out of an empty set. */
export const NOTHING: LabelSelector = Object.freeze([{ key: '', operator: 'in', values: [] }]);

type Labels = Readonly<Record<string, string>>;

/** Whether labels fulfil every requirement of a selector. */
export function matchesLabels(selector: LabelSelector, labels: Labels): boolean {
  return selector.every((requirement) => fulfils(requirement, labels));
}

function fulfils(requirement: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '=':
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case '!=':
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case '>':
    case '<': {
      const have = integer(value);
      const bound = integer(requirement.values[0]);
      if (have === undefined || bound === undefined) return false;
      return requirement.operator === '>' ? have > bound : have < bound;
    }
    default:
      return assertNever(requirement.operator);
  }
}

const INT64_LIMIT = 2n ** 63n;

/** A 64-bit integer as `strconv.ParseInt` reads it; undefined for anything else. */
export function integer(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^[+-]?\d{1,40}$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return value >= -INT64_LIMIT && value < INT64_LIMIT ? value : undefined;
}

/** Whether fields fulfil every requirement of a selector. A field that is missing is ''. */
export function matchesFields(selector: FieldSelector, fields: Readonly<Record<string, string>>): boolean {
  return selector.every(({ field, operator, value }) => {
    const have = Object.hasOwn(fields, field) ? fields[field] : '';
    return operator === '=' ? have === value : have !== value;
  });
}

/** A label selector as text; parsing it gives the same requirements. */
export function labelSelectorText(selector: LabelSelector): string {
  return selector.map((requirement) => requirementText(requirement)).join(',');
}

function requirementText({ key, operator, values }: LabelRequirement): string {
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${values.toSorted().join(',')})`;
    case '=':
    case '!=':
    case '>':
    case '<':
      return `${key}${operator}${values.join(',')}`;
    default:
      return assertNever(operator);
  }
}

/** A field selector as text; parsing it gives the same requirements. */
export function fieldSelectorText(selector: FieldSelector): string {
  return selector
    .map(({ field, operator, value }) => `${field}${operator}${value.replaceAll(/[\\,=]/g, String.raw`\$&`)}`)
    .join(',');
}
