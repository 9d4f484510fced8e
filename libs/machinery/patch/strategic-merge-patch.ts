import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import { badRequest, RejectedRequest } from '../rejection.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import type { PatchResult } from './patched.ts';
import {
  PATCH,
  refuse,
  refuseDirective,
  refuseFormat,
  settled,
  splitPatch,
  type SplitPatch,
} from './strategic-directives.ts';
import { deleteScalars, mergeList, orderList } from './strategic-list.ts';

/**
 * Applies a strategic merge patch: a merge patch that knows from the type which lists are merged, and by what key, and
 * that understands `$patch`, `$retainKeys`, `$setElementOrder/…` and `$deleteFromPrimitiveList/…`.
 *
 * Rejections: 400 for a malformed patch or directive, 422 for lists of lists. (The API server answers some of these with
 * a bare 500; a client's mistake is a 400 here, with the same text.)
 */
export function applyStrategicMergePatch(document: JsonObject, patch: JsonValue, schema: PatchSchema): PatchResult {
  if (!isJsonObject(patch)) return badRequest('invalid JSON document');
  try {
    return { document: mergeMap(document, patch, schema) };
  } catch (thrown) {
    // The one way out of the recursion; nothing else is caught here.
    if (thrown instanceof RejectedRequest) return thrown.rejection;
    throw thrown;
  }
}

/** Merges a patch into an object of a type; `schema` undefined for free-form values. */
function mergeMap(original: JsonObject, patch: JsonObject, schema: PatchSchema | undefined): JsonObject {
  if (Object.hasOwn(patch, PATCH)) {
    const directive = patch[PATCH];
    if (directive === 'replace' || directive === 'delete') return settled(patch) as JsonObject;
    return refuseDirective(directive, patch);
  }
  const split = splitPatch(patch);
  const result = new Map<string, JsonValue | undefined>(Object.entries(original));
  retainKeys(result, split);
  for (const [name, change] of split.members) {
    if (change === null) {
      result.delete(name);
      continue;
    }
    const before = result.get(name);
    result.set(name, mergeMember(before, change, schema, name));
  }
  for (const [name, order] of split.orders) {
    const merged = result.get(name);
    const before = ownMember(original, name);
    const change = split.members.get(name);
    if (!Array.isArray(merged)) {
      if (merged !== undefined) refuse(badRequest(`expected a []interface {}, but received a ${goTypeName(merged)}`));
      continue;
    }
    if (change !== undefined && !Array.isArray(change)) refuseFormat('setElementOrder list');
    const field = fieldOf(schema, name);
    result.set(
      name,
      orderList(merged, {
        order,
        original: Array.isArray(before) ? before : [],
        patch: (change as readonly JsonValue[] | undefined) ?? [],
        mergeKey: field.mergeKey,
      }),
    );
  }
  for (const [name, doomed] of split.deletions) {
    const list = result.get(name);
    if (!Array.isArray(list)) continue;
    if (fieldOf(schema, name).strategy !== 'merge') refuseFormat('primitive list');
    result.set(name, deleteScalars(list, doomed));
  }
  return Object.fromEntries(result);
}

function mergeMember(
  before: JsonValue | undefined,
  change: JsonValue,
  schema: PatchSchema | undefined,
  name: string,
): JsonValue {
  if (isJsonObject(before) && isJsonObject(change)) {
    const field = fieldOf(schema, name);
    return field.strategy === 'replace' ? settled(change) : mergeMap(before, change, field.type);
  }
  if (Array.isArray(before) && Array.isArray(change)) {
    const field = fieldOf(schema, name);
    if (field.strategy !== 'merge') return settled(change);
    return mergeList(before, change, field.mergeKey, (item, itemPatch) => mergeMap(item, itemPatch, field.type));
  }
  return settled(change);
}

/** `$retainKeys` names every member that may stay; the patch may not set others. */
function retainKeys(result: Map<string, JsonValue | undefined>, split: SplitPatch): void {
  const { retained } = split;
  if (retained === undefined) return;
  for (const [name, change] of split.members) {
    if (change !== null && !retained.has(name)) refuseFormat('retainKeys');
  }
  for (const name of result.keys()) {
    if (!retained.has(name)) result.delete(name);
  }
}

function fieldOf(schema: PatchSchema | undefined, name: string): PatchField {
  if (schema === undefined) return {};
  const field = schema.field(name);
  if (field !== undefined) return field;
  return refuse(
    badRequest(`unable to find api field in struct ${schema.name} for the json field ${JSON.stringify(name)}`),
  );
}

function goTypeName(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (typeof value === 'object') return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}
