import type { JSONSchemaProps } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { child, index, key, type Path } from '../../validation/field.ts';

export type Schema = Given<JSONSchemaProps>;

/** A schema within another, and where it stands there. */
export interface Part {
  readonly schema: Schema;
  readonly path: Path;
}

/** Whether a value that may be something else is a schema. */
export function isSchema(value: JsonValue | undefined): value is Schema & JsonValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The schemas a map has by name. */
export function partsOf(map: Readonly<Record<string, unknown>> | undefined, path: Path): readonly Part[] {
  return Object.entries(map ?? {}).flatMap(([name, schema]) =>
    isSchema(schema as JsonValue | undefined) ? [{ schema: schema as Schema, path: key(path, name) }] : [],
  );
}

/** The schemas of a list. */
export function listed(list: readonly Schema[] | undefined, path: Path): readonly Part[] {
  return (list ?? []).map((schema, at) => ({ schema, path: index(path, at) }));
}

/** What a list holds: one schema for all of its items, or one for each. */
export function itemsOf({ items }: Schema, path: Path): readonly Part[] {
  const here = child(path, 'items');
  if (Array.isArray(items)) return listed(items as readonly Schema[], here);
  return isSchema(items) ? [{ schema: items, path: here }] : [];
}

/** Whether a schema or one within it is so. */
export function someSchema(schema: Schema, is: (one: Schema) => boolean): boolean {
  const { additionalProperties, additionalItems, not } = schema;
  const nested = [
    ...itemsOf(schema, ''),
    ...[schema.allOf, schema.anyOf, schema.oneOf].flatMap((list) => listed(list, '')),
    ...[schema.properties, schema.patternProperties, schema.definitions, schema.dependencies].flatMap((map) =>
      partsOf(map, ''),
    ),
  ].map((part) => part.schema);
  for (const one of [additionalProperties, additionalItems]) if (isSchema(one)) nested.push(one);
  if (not !== undefined) nested.push(not);
  return is(schema) || nested.some((one) => someSchema(one, is));
}

/** The schema a path of field names leads to, and the names; else why it leads nowhere. */
export function fieldAt(
  schema: Schema,
  text: string,
  allowBrackets: boolean,
): { readonly names: readonly string[]; readonly schema: Schema } | string {
  const tokens = text.match(/[.[\]]|'(?:[^'\\]|\\.)*'|[^.[\]']+/g) ?? [];
  const names: string[] = [];
  let here = schema;
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token !== '.' && token !== '[') return `expected [ or . but got: ${token}`;
    if (token === '[' && !allowBrackets) return 'array notation is not allowed';
    at += 1;
    const name = token === '[' ? (tokens[at] ?? '').slice(1, -1) : (tokens[at] ?? '');
    if (name === '') return 'unexpected end of JSON path';
    if (token === '[') at += 1;
    const { additionalProperties } = here;
    const next = here.properties === undefined ? additionalProperties : here.properties[name];
    if (!isSchema(next)) return 'does not refer to a valid field';
    names.push(name);
    here = next;
  }
  return { names, schema: here };
}
