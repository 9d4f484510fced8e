import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { duplicateMembers } from './duplicate-members.ts';
import type { ParsedBody } from './parsed-body.ts';

/** Reads a JSON body. Bounded in depth, so that what comes after may recurse. */
export function parseJsonBody(bytes: Uint8Array): ParsedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (thrown) {
    return { fault: syntaxFault(messageOf(thrown)) };
  }
  const measure = measured(value);
  if (measure.fault !== undefined) return { fault: measure.fault };
  // A member set twice is one in the value and two in the text. Only then is it worth looking for.
  const duplicates = measure.members === colons(bytes) ? [] : duplicateMembers(text);
  return {
    value: hasSurrogateEscape(text) ? wellFormed(value) : value,
    duplicates: duplicates.map((path) => `duplicate field ${JSON.stringify(path)}`),
  };
}

/** What is wrong with the text, beginning as clients know it from encoding/json; the rest is the parser's own. */
function syntaxFault(message: string): string {
  if (message.startsWith('Unexpected end of')) return 'unexpected end of JSON input';
  return `invalid character: ${message}`;
}

/** Counts all members of a value, and looks for what cannot be kept. */
function measured(root: JsonValue): { readonly members: number; readonly fault?: string } {
  let members = 0;
  let hasInfinite = false;
  const pending: { readonly container: JsonObject | readonly JsonValue[]; readonly depth: number }[] = [];
  const visit = (value: JsonValue | undefined, depth: number): void => {
    if (typeof value === 'object' && value !== null) pending.push({ container: value, depth });
    else if (typeof value === 'number' && !Number.isFinite(value)) hasInfinite = true;
  };
  visit(root, 1);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (next.depth > limits.jsonDepthCount) return { members, fault: 'exceeded max depth' };
    const { container, depth } = next;
    if (Array.isArray(container)) {
      for (const item of container) visit(item as JsonValue, depth + 1);
    } else {
      for (const member of Object.values(container as JsonObject)) {
        members++;
        visit(member, depth + 1);
      }
    }
  }
  return hasInfinite ? { members, fault: 'json: cannot unmarshal a number out of range' } : { members };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/** How many members valid JSON text has: a colon outside of strings each. */
function colons(bytes: Uint8Array): number {
  let count = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === COLON) count++;
  }
  return count;
}

/** Half of a surrogate pair cannot be written as UTF-8; only an escape can bring one in. */
function hasSurrogateEscape(text: string): boolean {
  return /\\u[dD][89a-fA-F]/.test(text);
}

/** With every half surrogate replaced, as Go replaces it. */
function wellFormed(value: JsonValue): JsonValue {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map((item: JsonValue) => wellFormed(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member ?? null)]),
  );
}
