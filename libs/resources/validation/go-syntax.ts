import type { Given } from '../given.ts';
import type { LabelSelector } from '../generated/types.ts';

/** A string in double quotes as Go's `%q` prints it. */
export function quoted(text: string): string {
  let out = '"';
  for (const character of text) out += escaped(character);
  return `${out}"`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

function escaped(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x7f) return character;
  if (/[\p{L}\p{M}\p{N}\p{P}\p{S}]/u.test(character)) return character;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/*
 * How API servers print values that are not scalars. Up to v1.33 all of them were printed in Go's syntax, and so are here the ones that
 * recorded answers hold: maps and lists of strings, selectors, int-or-strings, references. Structures are printed as since v1.34.
 */

/** `map[string]string{"a":"b"}`, keys in order. */
export function goMap(map: Readonly<Record<string, string | undefined>> | undefined): { readonly goSyntax: string } {
  if (map === undefined) return { goSyntax: 'map[string]string(nil)' };
  const entries = Object.keys(map)
    .sort()
    .map((key) => `${quoted(key)}:${quoted(map[key] ?? '')}`);
  return { goSyntax: `map[string]string{${entries.join(', ')}}` };
}

/** `[]string{"a", "b"}`. */
export function goStrings(list: readonly string[] | undefined): { readonly goSyntax: string } {
  if (list === undefined) return { goSyntax: '[]string(nil)' };
  return { goSyntax: `[]string{${list.map((item) => quoted(item)).join(', ')}}` };
}

/** `[a b]`, as a list of texts stands in running text. */
export function goTexts(list: readonly string[]): string {
  return `[${list.join(' ')}]`;
}

/** `intstr.IntOrString{Type:0, IntVal:1, StrVal:""}`. */
export function goIntOrString(value: number | string): { readonly goSyntax: string } {
  return typeof value === 'number'
    ? { goSyntax: `intstr.IntOrString{Type:0, IntVal:${value}, StrVal:""}` }
    : { goSyntax: `intstr.IntOrString{Type:1, IntVal:0, StrVal:${quoted(value)}}` };
}

/** `v1.LabelSelector{MatchLabels:…, MatchExpressions:…}`. */
export function goLabelSelector(selector: Given<LabelSelector>): { readonly goSyntax: string } {
  const expressions = selector.matchExpressions?.map(
    (one) =>
      `v1.LabelSelectorRequirement{Key:${quoted(one.key ?? '')}, Operator:${quoted(one.operator ?? '')}, Values:${goStrings(one.values).goSyntax}}`,
  );
  const list =
    expressions === undefined
      ? '[]v1.LabelSelectorRequirement(nil)'
      : `[]v1.LabelSelectorRequirement{${expressions.join(', ')}}`;
  return {
    goSyntax: `v1.LabelSelector{MatchLabels:${goMap(selector.matchLabels).goSyntax}, MatchExpressions:${list}}`,
  };
}

/** A structure as its JSON, which is how API servers since v1.34 print one that has names for its fields in JSON. */
export function goJson(value: unknown): { readonly goSyntax: string } {
  return { goSyntax: escapedJson(JSON.stringify(value) ?? 'null') };
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * A structure of Kubernetes' own, or a list of such, which has no names for its fields in JSON: every field stands there under its Go name, in the order
 * of its type, one without a value as null.
 */
export function goStructure(fields: Fields | readonly Fields[]): { readonly goSyntax: string } {
  return { goSyntax: escapedJson(JSON.stringify(fields, (_, value: unknown) => value ?? null)) };
}

/** Go's encoder writes what has a meaning in HTML as numbers. */
function escapedJson(json: string): string {
  return json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
