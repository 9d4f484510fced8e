import { type Fields, fieldsOfText } from './known-fields.ts';

/*
 * Stored objects are JSON as JSON.stringify writes it, and half of many is what managers own. That part is taken out of
 * the text before it is parsed, and put in as a value that was read before (`known-fields.ts`).
 */

/** An object as it was stored. */
export interface StoredJson {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

/** Reads an object's stored bytes. Parts of it may be shared with other objects: it is nobody's to change. */
export function parseObject(bytes: Uint8Array): StoredJson {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  const spans = fieldsIn(text);
  if (spans.length === 0) return JSON.parse(text) as StoredJson;
  let rest = '';
  let from = 0;
  for (const { start, end } of spans) {
    rest += `${text.slice(from, start)}null`;
    from = end;
  }
  const object = JSON.parse(rest + text.slice(from)) as StoredJson;
  const managers = object.metadata['managedFields'] as { fieldsV1: Fields }[];
  for (const { entry, start, end } of spans) {
    const manager = managers[entry];
    if (manager !== undefined) manager.fieldsV1 = fieldsOfText(text.slice(start, end));
  }
  return object;
}

interface FieldsSpan {
  /** Index of the manager. */
  readonly entry: number;
  readonly start: number;
  readonly end: number;
}

const METADATA = '"metadata":{';
/** Kind and apiVersion stand in front of the metadata, and are no longer than this. */
const HEAD_CHARACTERS = 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;

/** Where the `fieldsV1` of the managers stand. */
function fieldsIn(text: string): readonly FieldsSpan[] {
  const metadata = text.indexOf(METADATA);
  if (metadata < 0 || metadata > HEAD_CHARACTERS) return [];
  const list = valueOf(text, metadata + METADATA.length, '"managedFields":');
  if (list === undefined || text.charCodeAt(list) !== OPENING_BRACKET) return [];
  const spans: FieldsSpan[] = [];
  let at = list + 1;
  for (let entry = 0; text.charCodeAt(at) === OPENING_BRACE; entry++) {
    const start = valueOf(text, at + 1, '"fieldsV1":');
    if (start !== undefined && text.charCodeAt(start) === OPENING_BRACE) {
      spans.push({ entry, start, end: endOfValue(text, start) });
    }
    at = endOfValue(text, at) + 1;
  }
  return spans;
}

/** Where the value of a member begins, of the object whose first member stands at `from`. */
function valueOf(text: string, from: number, name: string): number | undefined {
  for (let at = from; text.charCodeAt(at) === QUOTE;) {
    if (text.startsWith(name, at)) return at + name.length;
    const end = endOfValue(text, endOfText(text, at) + 1);
    if (text.charCodeAt(end) !== COMMA) return undefined;
    at = end + 1;
  }
  return undefined;
}

/** Behind the value that begins at `from`. */
function endOfValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(text, at) - 1;
        break;
      case OPENING_BRACE:
      case OPENING_BRACKET:
        depth++;
        continue;
      case CLOSING_BRACE:
      case CLOSING_BRACKET:
        // Without depth it closes what a number or a literal stands in.
        if (depth === 0) return at;
        depth--;
        break;
      case COMMA:
        if (depth === 0) return at;
        continue;
      default:
        continue;
    }
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Behind the text that begins with the quote at `from`. */
function endOfText(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at + 1;
  }
  return text.length;
}
