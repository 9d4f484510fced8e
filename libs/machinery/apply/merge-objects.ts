import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { ownMember } from '../own-property.ts';
import { itemsByElement, type ListShape, shapeOfItem } from './items.ts';
import { type Shape, shapeOfMember } from './shape.ts';

/** Lays an applied configuration over the live object. What the configuration does not set stays. */
export function mergeObjects(
  live: JsonValue | undefined,
  config: JsonValue | undefined,
  shape: Shape,
): JsonValue | undefined {
  if (config === undefined) return live;
  if (live === undefined) return config;
  if ((shape.type === 'struct' || shape.type === 'map') && isJsonObject(live) && isJsonObject(config)) {
    return mergeMembers(live, config, shape);
  }
  if ((shape.type === 'set' || shape.type === 'keyed') && Array.isArray(live) && Array.isArray(config)) {
    return mergeItems(live, config, shape);
  }
  return config;
}

function mergeMembers(live: JsonObject, config: JsonObject, shape: Shape & { type: 'struct' | 'map' }): JsonObject {
  const members: [string, JsonValue][] = [];
  for (const name of new Set([...Object.keys(live), ...Object.keys(config)])) {
    const merged = mergeObjects(ownMember(live, name), ownMember(config, name), shapeOfMember(shape, name));
    if (merged !== undefined) members.push([name, merged]);
  }
  return Object.fromEntries(members);
}

/**
 * Items in both lists take the configuration's order. Items that are only live keep their place relative to those
 * before them; items that are only configured follow the one they follow in the configuration.
 */
function mergeItems(live: readonly JsonValue[], config: readonly JsonValue[], shape: ListShape): readonly JsonValue[] {
  const old = itemsByElement(live, shape);
  const set = itemsByElement(config, shape);
  const oldOrder = [...old.keys()];
  const setOrder = [...set.keys()];
  const shared = setOrder.filter((element) => old.has(element));
  const done = new Set<string>();
  const merged: JsonValue[] = [];
  const take = (element: string): void => {
    const value = mergeObjects(old.get(element), set.get(element), shapeOfItem(shape));
    if (value !== undefined) merged.push(value);
    if (set.has(element)) done.add(element);
    if (shared[0] === element) shared.shift();
  };
  let at = 0;
  let next = 0;
  while (at < oldOrder.length || next < setOrder.length) {
    const liveElement = oldOrder[at];
    const element = setOrder[next];
    if (liveElement !== undefined && !set.has(liveElement)) {
      take(liveElement);
      at++;
    } else if (liveElement !== undefined && (done.has(liveElement) || isLater(liveElement, element, shared[0]))) {
      at++;
    } else if (element !== undefined) {
      if (element === liveElement) at++;
      if (!done.has(element)) take(element);
      next++;
    } else {
      at++;
    }
  }
  return merged;
}

/** Whether a live item is in the configuration too, but another shared one comes before it there. */
function isLater(liveElement: string, element: string | undefined, nextShared: string | undefined): boolean {
  return element !== undefined && element !== liveElement && nextShared !== undefined && nextShared !== liveElement;
}
