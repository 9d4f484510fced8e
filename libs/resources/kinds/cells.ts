import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Cell } from '../cell.ts';
import type { LabelSelector, ObjectMeta } from '../generated/types.ts';
import type { Given } from '../given.ts';
import type { GivenMap } from '../validation/labels.ts';

/** What a cell says when there is nothing to show. */
export const NONE = '<none>';
const UNKNOWN = '<unknown>';

/** Time since a timestamp as a cell; `<unknown>` without one. */
export function since(timestamp: string | null | undefined): Cell {
  const sinceMs = timestamp === undefined || timestamp === null ? undefined : parseRfc3339(timestamp);
  return sinceMs === undefined ? UNKNOWN : { before: '', sinceMs, after: '' };
}

/** The Age cell. */
export function age(metadata: Given<ObjectMeta> | undefined): Cell {
  return since(metadata?.creationTimestamp);
}

/** A text, or `<none>`. */
export function orNone(text: string | undefined): string {
  return text === undefined || text === '' ? NONE : text;
}

/** Labels as `a=b,c=d`, or `<none>`. */
export function labelsText(labels: GivenMap | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value ?? ''}`);
  return orNone(pairs.sort().join(','));
}

/** A label selector as kubectl writes it, or `<none>`. */
export function selectorText(selector: Given<LabelSelector> | undefined): string {
  const requirements = Object.entries(selector?.matchLabels ?? {}).map(([name, value]) => ({
    name,
    text: `${name}=${value ?? ''}`,
  }));
  for (const { key: name = '', operator = '', values = [] } of selector?.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(',')})`;
    const texts: Readonly<Record<string, string>> = {
      In: `${name} in ${list}`,
      NotIn: `${name} notin ${list}`,
      Exists: name,
      DoesNotExist: `!${name}`,
    };
    const text = texts[operator];
    if (text !== undefined) requirements.push({ name, text });
  }
  const ordered = requirements.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return orNone(ordered.map((requirement) => requirement.text).join(','));
}

/** At most `maximum` items of a list, and how many more there are. */
export function listWithMore(items: readonly string[], maximum: number, empty: string): string {
  const text = items.slice(0, maximum).join(',');
  if (items.length > maximum) return `${text} + ${items.length - maximum} more...`;
  return text === '' ? empty : text;
}

/** The controller an object belongs to, as `statefulset.apps/web`, or `<none>`. */
export function ownerText(metadata: Given<ObjectMeta> | undefined): string {
  const owner = metadata?.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return NONE;
  const [group = '', version] = (owner.apiVersion ?? '').split('/');
  const kind = (owner.kind ?? '').toLowerCase();
  return `${version === undefined ? kind : `${kind}.${group}`}/${owner.name ?? ''}`;
}
