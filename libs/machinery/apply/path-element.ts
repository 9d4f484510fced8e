import { limits } from '@taffrail/platform/limits';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import type { FieldPath } from './field-set.ts';

/** Elements of fields, made once: a text that is put together anew has to be hashed anew wherever it is looked up. */
const elements = new Map<string, string>();

/** The element of a field or a map's key. */
export function fieldElement(name: string): string {
  const known = elements.get(name);
  if (known !== undefined) return known;
  const element = `f:${name}`;
  if (elements.size < limits.fieldElementsCount) elements.set(name, element);
  return element;
}

/** The element of an item of a set. */
export function valueElement(value: JsonValue): string {
  return `v:${JSON.stringify(value)}`;
}

/** Key fields Kubernetes fills in before it tells items apart: ports are TCP unless they say otherwise. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** The element of an item of a keyed list, by its keys in order; undefined when it lacks one of them. */
export function keyElement(item: JsonObject, keys: readonly string[]): string | undefined {
  const [only] = keys;
  const value = keys.length === 1 && only !== undefined ? ownMember(item, only) : undefined;
  if (only === undefined || typeof value !== 'string') return keysElement(item, keys);
  const named = keyed.get(only)?.get(value);
  if (named !== undefined) return named;
  const element = keysElement(item, keys);
  if (element !== undefined && keyedCount < limits.fieldElementsCount) {
    let elementsOfKey = keyed.get(only);
    if (elementsOfKey === undefined) keyed.set(only, (elementsOfKey = new Map()));
    elementsOfKey.set(value, element);
    keyedCount++;
  }
  return element;
}

/** Elements of items that have one key, most of them names, by key and value. */
const keyed = new Map<string, Map<string, string>>();
let keyedCount = 0;

function keysElement(item: JsonObject, keys: readonly string[]): string | undefined {
  let members = '';
  for (const key of keys) {
    const value = ownMember(item, key) ?? KEY_DEFAULTS[key];
    if (value === undefined) return undefined;
    members += `${members === '' ? '' : ','}"${key}":${JSON.stringify(value)}`;
  }
  return `k:{${members}}`;
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
