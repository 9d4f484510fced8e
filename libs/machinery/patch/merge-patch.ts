import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { jsonEqual } from '../json-walk.ts';
import { ownMember } from '../own-property.ts';
import { badRequest } from '../rejection.ts';
import type { PatchResult } from './patched.ts';

/** Applies a JSON Merge Patch (RFC 7386). Rejects (400) a patch that is not an object. */
export function applyMergePatch(document: JsonObject, patch: JsonValue): PatchResult {
  if (!isJsonObject(patch)) return badRequest('Invalid JSON Patch');
  return { document: merged(document, patch) };
}

function merged(target: JsonValue | undefined, patch: JsonObject): JsonObject {
  const members = new Map<string, JsonValue | undefined>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [name, change] of Object.entries(patch)) {
    if (change === undefined) continue;
    if (change === null) members.delete(name);
    else members.set(name, isJsonObject(change) ? merged(members.get(name), change) : change);
  }
  return Object.fromEntries(members);
}

/**
 * The merge patch that turns one document into another; `{}` when they are equal.
 * Only exact for a `to` without null members: a merge patch cannot set null.
 */
export function mergePatchBetween(from: JsonObject, to: JsonObject): JsonObject {
  const changes: [string, JsonValue][] = [];
  for (const [name, before] of Object.entries(from)) {
    if (before !== undefined && ownMember(to, name) === undefined) changes.push([name, null]);
  }
  for (const [name, after] of Object.entries(to)) {
    if (after === undefined) continue;
    const before = ownMember(from, name);
    if (jsonEqual(before, after)) continue;
    const nested = isJsonObject(before) && isJsonObject(after);
    changes.push([name, nested ? mergePatchBetween(before, after) : after]);
  }
  return Object.fromEntries(changes);
}
