import type { JsonValue } from '@taffrail/resources/json';

/** JSON as Go prints it with `%v`, which some of Kubernetes' messages show: `map[a:1 b:[x y]]`. */
export function goText(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => goText(item)).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, member]) => `${name}:${goText(member ?? null)}`);
  return `map[${members.join(' ')}]`;
}
