import { assertNever } from '@taffrail/platform/assert';
import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import { elementsByKey } from './object-changes.ts';

/** One step into an object: a member or the key of a list's element, an element's place, or all of them. */
export type FieldStep =
  | { readonly type: 'member'; readonly name: string }
  | { readonly type: 'element'; readonly key: string }
  | { readonly type: 'every' };

/** A place in an object. */
export type FieldPath = readonly FieldStep[];

/**
 * Reads a path as kubectl's JSONPath writes it (`spec.replicas`, `.spec.containers[0].image`, `{.data.a\.b}`,
 * `metadata.annotations['a.b/c']`, `spec.containers[*].image`) or as summaries do (`spec.containers[web].image`).
 * Undefined for what is no path.
 */
export function parseFieldPath(text: string): FieldPath | undefined {
  const bare = text.replace(/^\{(.*)\}$/, '$1').replace(/^[$.]*/, '');
  const steps: FieldStep[] = [];
  const step = /(?:^|\.)((?:[^.[\]\\]|\\.)+)|\[(\*|'[^']*'|"[^"]*"|[^\]'"]+)\]/y;
  while (step.lastIndex < bare.length) {
    const match = step.exec(bare);
    if (match === null) return undefined;
    const [, member, inside] = match;
    steps.push(
      member === undefined ? insideStep(inside ?? '') : { type: 'member', name: member.replaceAll(/\\(.)/g, '$1') },
    );
  }
  return steps.length === 0 ? undefined : steps;
}

function insideStep(inside: string): FieldStep {
  if (inside === '*') return { type: 'every' };
  const quoted = /^(['"])(.*)\1$/.exec(inside);
  return { type: 'element', key: quoted?.[2] ?? inside };
}

/** What stands at a path; a list of all of it behind `[*]`. Undefined where there is nothing. */
export function valueAt(value: JsonValue | undefined, path: FieldPath): JsonValue | undefined {
  const [step, ...rest] = path;
  if (step === undefined || value === undefined) return value;
  switch (step.type) {
    case 'member':
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? valueAt(value[step.name], rest) : undefined;
    case 'element':
      return valueAt(elementOf(value, step.key), rest);
    case 'every': {
      const members = Array.isArray(value) ? value : isJsonObject(value) ? Object.values(value) : [];
      const found = (members as readonly JsonValue[]).map((member) => valueAt(member, rest) ?? null);
      return found.length === 0 ? undefined : found;
    }
    default:
      return assertNever(step);
  }
}

function elementOf(value: JsonValue, key: string): JsonValue | undefined {
  if (Array.isArray(value)) {
    const list = value as readonly JsonValue[];
    return /^\d{1,6}$/.test(key) ? list[Number(key)] : elementsByKey(list)?.get(key);
  }
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
