import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import type { FieldPath } from './field-set.ts';

/** The element of a field or a map's key. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** The element of an item of a set. */
export function valueElement(value: JsonValue): string {
  return `v:${JSON.stringify(value)}`;
}

/** Key fields Kubernetes fills in before it tells items apart: ports are TCP unless they say otherwise. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** The element of an item of a keyed list; undefined when it lacks one of the keys. */
export function keyElement(item: JsonObject, keys: readonly string[]): string | undefined {
  const members: [string, JsonValue][] = [];
  for (const key of keys.toSorted()) {
    const value = ownMember(item, key) ?? KEY_DEFAULTS[key];
    if (value === undefined) return undefined;
    members.push([key, value]);
  }
  return `k:${JSON.stringify(Object.fromEntries(members))}`;
}

/** A path as messages show it: `.spec.containers[name="a"].image`. */
export function pathText(path: FieldPath): string {
  return path.map((element) => elementText(element)).join('');
}

function elementText(element: string): string {
  const text = element.slice(2);
  switch (element.charAt(0)) {
    case 'k': {
      const members = Object.entries(JSON.parse(text) as JsonObject);
      return `[${members.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${text}]`;
    case 'i':
      return `[${text}]`;
    default:
      return `.${text}`;
  }
}
