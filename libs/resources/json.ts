/** Plain JSON as it was parsed. Readonly: changes make new values. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** JSON under construction, owned by one function until it hands it out as a JsonValue. */
export type MutableJson = null | boolean | number | string | MutableJson[] | MutableJsonObject;
export interface MutableJsonObject {
  [key: string]: MutableJson | undefined;
}

/** Whether a value is a JSON object (neither array nor null). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A deep copy that shares nothing with the original. Undefined members are left out. */
export function cloneJson(value: JsonValue): MutableJson {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: JsonValue) => cloneJson(item));
  const object = value as JsonObject;
  // Members added one by one: objects of one kind come to share their layout, which entries and fromEntries do not give them.
  const copy: MutableJsonObject = {};
  for (const name of Object.keys(object)) {
    const member = object[name];
    if (member === undefined) continue;
    if (name === '__proto__') Object.defineProperty(copy, name, { ...PLAIN, value: cloneJson(member) });
    else copy[name] = cloneJson(member);
  }
  return copy;
}

/** A member like any other: assigned, one called __proto__ would change the prototype. */
const PLAIN = { enumerable: true, configurable: true, writable: true } as const;
