import { isJsonObject, type JsonObject, type JsonValue, type MutableJsonObject } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import { PATCH, RETAIN_KEYS } from './strategic-directives.ts';

/**
 * The patch by which a configuration takes the place of the one that was applied before: what it sets, and the removal
 * of what only the earlier one set. Everything else of the object it is laid over stays as it is.
 * A strategic merge patch where the type is known, a merge patch (lists are replaced whole) where it is not.
 */
export function configurationPatch(
  before: JsonObject,
  given: JsonObject,
  schema: PatchSchema | undefined,
): MutableJsonObject {
  const patch: Record<string, JsonValue> = {};
  for (const name of Object.keys(before)) {
    if (ownMember(given, name) === undefined) patch[name] = null;
  }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const field = schema?.field(name);
    const earlier = ownMember(before, name);
    if (field?.strategy === 'merge' && Array.isArray(value)) {
      listPatch(patch, name, Array.isArray(earlier) ? earlier : [], value, field, isUnion(schema, name));
    } else if (isJsonObject(value) && field?.strategy !== 'replace') {
      const inside = configurationPatch(isJsonObject(earlier) ? earlier : {}, value, field?.type);
      patch[name] = isUnion(schema, name) ? { ...inside, [RETAIN_KEYS]: Object.keys(value) } : inside;
    } else {
      patch[name] = value;
    }
  }
  return patch as MutableJsonObject;
}

/** Puts what becomes of a merged list into a patch. */
function listPatch(
  patch: Record<string, JsonValue>,
  name: string,
  before: readonly JsonValue[],
  given: readonly JsonValue[],
  { mergeKey, type }: PatchField,
  union: boolean,
): void {
  if (mergeKey === undefined) {
    const dropped = before.filter((item) => !isJsonObject(item) && !given.includes(item));
    if (dropped.length > 0) patch[`$deleteFromPrimitiveList/${name}`] = dropped;
    patch[name] = given;
    return;
  }
  const keyOf = (item: JsonValue): JsonValue | undefined =>
    isJsonObject(item) ? ownMember(item, mergeKey) : undefined;
  const earlier = new Map(before.filter((item) => isJsonObject(item)).map((item) => [keyOf(item), item]));
  const items = given.map((item) => {
    if (!isJsonObject(item)) return item;
    const inside = configurationPatch(earlier.get(keyOf(item)) ?? {}, item, type);
    return union ? { ...inside, [RETAIN_KEYS]: Object.keys(item) } : inside;
  });
  const kept = new Set(given.map(keyOf));
  const dropped = [...earlier.keys()].flatMap((key): readonly JsonObject[] =>
    key === undefined || kept.has(key) ? [] : [{ [PATCH]: 'delete', [mergeKey]: key }],
  );
  patch[name] = [...items, ...dropped];
}

/** Fields of which one member excludes the others, so that what a server defaulted beside it must go as well. */
const UNIONS: ReadonlySet<string> = new Set(['DeploymentSpec.strategy', 'PodSpec.volumes']);

function isUnion(schema: PatchSchema | undefined, field: string): boolean {
  return schema !== undefined && UNIONS.has(`${schema.name.slice(schema.name.lastIndexOf('.') + 1)}.${field}`);
}
