import { limits } from '@taffrail/platform/limits';

/*
 * What managers own is written alike in very many objects: in all pods of a workload, in every report of a node. It is
 * also half of a pod's bytes and the costliest part to read, since its keys are quoted JSON of names that occur nowhere
 * else. So a text is read once, and whoever has the same text gets the same value: nobody's to change.
 */

/** What stands in a `fieldsV1`. */
export type Fields = Readonly<Record<string, unknown>>;

const known = new Map<string, Fields>();
const texts = new WeakMap<Fields, string>();
let characters = 0;

/** The value of a `fieldsV1` text. */
export function fieldsOfText(text: string): Fields {
  return known.get(text) ?? remembered(text, JSON.parse(text) as Fields);
}

/** The value that all have whose `fieldsV1` reads like this. */
export function knownFields(fields: Fields): Fields {
  if (texts.has(fields)) return fields;
  const text = JSON.stringify(fields);
  return known.get(text) ?? remembered(text, fields);
}

/** The text of a value, where it is one of those that are shared. */
export function textOfFields(fields: Fields): string | undefined {
  return texts.get(fields);
}

function remembered(text: string, fields: Fields): Fields {
  if (text.length > limits.fieldsTextCharacters) return fields;
  // A copy: as a part of a larger text it would keep all of that.
  const kept = Buffer.from(text).toString();
  known.set(kept, fields);
  texts.set(fields, kept);
  characters += kept.length;
  for (const oldest of known.keys()) {
    if (characters <= limits.fieldsTextsCharacters) break;
    known.delete(oldest);
    characters -= oldest.length;
  }
  return fields;
}
