import { isJsonObject, type JsonValue } from '../../json.ts';
import { child, index, type Path } from '../../validation/field.ts';
import { equal } from '../strategy.ts';

/** Says what differs between two values, a line for each leaf: `  spec.nodeName: "a" -> "b"`. */
export function changedPaths(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path: Path,
): readonly string[] {
  if (equal(before, after)) return [];
  if (isJsonObject(before) && isJsonObject(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => changedPaths(before[name], after[name], child(path, name)));
  }
  if (isList(before) && isList(after) && before.length === after.length) {
    return before.flatMap((item, at) => changedPaths(item, after[at], index(path, at)));
  }
  return [`  ${path}: ${shown(before)} -> ${shown(after)}`];
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? 'nil' : JSON.stringify(value);
}
