import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import { badRequest } from '../rejection.ts';
import { goText } from './go-text.ts';
import { inapplicable } from './patched.ts';
import { PATCH, refuse, refuseDirective, refuseFormat, settled } from './strategic-directives.ts';

/**
 * Merges a list with a patch's list: items with a key that stands there are merged, others are added,
 * `$patch: delete` items remove theirs, a `$patch: replace` item makes the patch's items all there is.
 * Items of the patch take the patch's order, the others keep theirs.
 */
export function mergeList(
  original: readonly JsonValue[],
  patch: readonly JsonValue[],
  mergeKey: string | undefined,
  mergeItem: (item: JsonObject, itemPatch: JsonObject) => JsonObject,
): readonly JsonValue[] {
  if (original.length === 0 && patch.length === 0) return original;
  if (itemKind(original, patch) === 'scalar') {
    const merged = [...new Set([...original, ...patch])];
    return arrange(merged, { first: patch, server: original, mergeKey: undefined });
  }
  if (mergeKey === undefined) return refuse(badRequest('cannot merge lists without merge key for type struct'));
  const items = patch as readonly JsonObject[];
  const plain = items.filter((item) => !Object.hasOwn(item, PATCH));
  const directed = items.filter((item) => Object.hasOwn(item, PATCH));
  const doomed = new Set(directed.flatMap((item) => deletedKey(item, mergeKey)));
  for (const item of plain) keyOf(item, mergeKey);
  if (directed.some((item) => item[PATCH] === 'replace')) return plain.map((item) => settled(item));

  const kept = (original as readonly JsonObject[]).filter((item) => !doomed.has(ownMember(item, mergeKey) ?? null));
  const merged: JsonObject[] = [...kept];
  const positions = positionsOf(merged, mergeKey);
  for (const item of plain) {
    const key = keyOf(item, mergeKey);
    const at = positions.get(key);
    const standing = at === undefined ? undefined : merged[at];
    if (at === undefined || standing === undefined) {
      positions.set(key, merged.push(settled(item) as JsonObject) - 1);
    } else {
      merged[at] = mergeItem(standing, item);
    }
  }
  return arrange(merged, { first: plain, server: kept, mergeKey });
}

/** Puts a merged list into the order a `$setElementOrder` directive asks for. */
export function orderList(
  merged: readonly JsonValue[],
  by: {
    readonly order: readonly JsonValue[];
    readonly original: readonly JsonValue[];
    readonly patch: readonly JsonValue[];
    readonly mergeKey: string | undefined;
  },
): readonly JsonValue[] {
  requireSameOrder(by.patch, by.order, by.mergeKey);
  return arrange(merged, { first: by.order, server: by.original, mergeKey: by.mergeKey });
}

/** A list of scalars without those a `$deleteFromPrimitiveList` directive names. */
export function deleteScalars(list: readonly JsonValue[], doomed: readonly JsonValue[]): readonly JsonValue[] {
  if (list.length > 0 && itemKind(list, doomed) !== 'scalar') refuseFormat('primitive list');
  const names = new Set(doomed);
  return list.filter((item) => !names.has(item));
}

/** The key a `$patch: delete` item removes; nothing for a `$patch: replace`. */
function deletedKey(item: JsonObject, mergeKey: string): JsonValue[] {
  const directive = item[PATCH];
  if (directive === 'delete') return [keyOf(item, mergeKey)];
  if (directive === 'replace') return [];
  if (directive === 'merge') return refuse(badRequest('merging lists cannot yet be specified in the patch'));
  return refuseDirective(directive, item);
}

/**
 * Interleaves the items that `first` names, in its order, with the rest, in the server's order. Where both stood in the
 * server's list their places there decide; otherwise the named item goes first.
 */
function arrange(
  merged: readonly JsonValue[],
  by: {
    readonly first: readonly JsonValue[];
    readonly server: readonly JsonValue[];
    readonly mergeKey: string | undefined;
  },
): readonly JsonValue[] {
  const identity = (item: JsonValue): JsonValue => (by.mergeKey === undefined ? item : keyOf(item, by.mergeKey));
  const firstPositions = firstIndexes(by.first, identity);
  const serverPositions = firstIndexes(by.server, identity);
  const named = merged.filter((item) => firstPositions.has(identity(item)));
  const rest = merged.filter((item) => !firstPositions.has(identity(item)));
  const place = (positions: ReadonlyMap<JsonValue, number>, item: JsonValue): number =>
    positions.get(identity(item)) ?? positions.size;
  named.sort((left, right) => place(firstPositions, left) - place(firstPositions, right));
  rest.sort((left, right) => place(serverPositions, left) - place(serverPositions, right));

  const arranged: JsonValue[] = [];
  let next = 0;
  for (const item of named) {
    const at = serverPositions.get(identity(item));
    while (next < rest.length) {
      const other = rest[next] as JsonValue;
      const otherAt = serverPositions.get(identity(other));
      if (at === undefined || otherAt === undefined || otherAt >= at) break;
      arranged.push(other);
      next++;
    }
    arranged.push(item);
  }
  return [...arranged, ...rest.slice(next)];
}

/** Refuses a patch list whose items stand in another order than its `$setElementOrder` list, or not in it at all. */
function requireSameOrder(
  patch: readonly JsonValue[],
  order: readonly JsonValue[],
  mergeKey: string | undefined,
): void {
  if (order.length === 0) return;
  const identity = (item: JsonValue): JsonValue => (mergeKey === undefined ? item : keyOf(item, mergeKey));
  const names = order.map(identity);
  let at = -1;
  for (const item of patch) {
    if (isJsonObject(item) && Object.hasOwn(item, PATCH)) continue;
    at = names.indexOf(identity(item), at + 1);
    if (at === -1) {
      refuse(
        badRequest(
          `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
        ),
      );
    }
  }
}

/** What a list's items are; refuses lists of lists and lists of mixed items. */
function itemKind(...lists: readonly (readonly JsonValue[])[]): 'map' | 'scalar' {
  const kinds = new Set(
    lists.flat().map((item) => (isJsonObject(item) ? 'map' : Array.isArray(item) ? 'list' : typeof item)),
  );
  if (kinds.has('list')) refuse(inapplicable('lists of lists are not supported'));
  if (kinds.size > 1) refuse(badRequest(`list element types are not identical: ${goText(lists)}`));
  return kinds.has('map') ? 'map' : 'scalar';
}

/** An item's merge key; refuses an item without one. */
function keyOf(item: JsonValue, mergeKey: string): JsonValue {
  const key = isJsonObject(item) ? ownMember(item, mergeKey) : undefined;
  if (key !== undefined) return key;
  return refuse(badRequest(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`));
}

function positionsOf(items: readonly JsonObject[], mergeKey: string): Map<JsonValue, number> {
  return firstIndexes(items, (item) => ownMember(item as JsonObject, mergeKey) ?? null);
}

function firstIndexes(items: readonly JsonValue[], identity: (item: JsonValue) => JsonValue): Map<JsonValue, number> {
  const indexes = new Map<JsonValue, number>();
  for (const [index, item] of items.entries()) {
    const name = identity(item);
    if (!indexes.has(name)) indexes.set(name, index);
  }
  return indexes;
}
