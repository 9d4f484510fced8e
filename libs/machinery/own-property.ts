import type { JsonObject, JsonValue, MutableJson, MutableJsonObject } from '@taffrail/resources/json';

/**
 * Reads and writes of members whose names a client chose. `__proto__` is a valid ConfigMap key: read plainly it answers
 * with Object.prototype, assigned plainly it changes the prototype. These treat it as any other name.
 */

/** An object's own member; undefined when it has none of that name. */
export function ownMember(object: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Sets an own member. */
export function setOwnMember(object: MutableJsonObject, name: string, value: MutableJson): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[name] = value;
  }
}
