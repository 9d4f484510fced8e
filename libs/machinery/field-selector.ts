import { badRequest, type Rejection } from './rejection.ts';
import type { FieldRequirement, FieldSelector } from './selector.ts';

/** Reads a field selector as it stands in a query. Rejects (400) what is none, with Kubernetes' wording. */
export function parseFieldSelector(text: string): FieldSelector | Rejection {
  const requirements: FieldRequirement[] = [];
  for (const term of splitTerms(text).toSorted()) {
    if (term === '') continue;
    const parts = splitTerm(term);
    if (parts === undefined) return badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const value = unescaped(parts.value);
    if (typeof value !== 'string') return value;
    requirements.push({ field: parts.field, operator: parts.operator, value });
  }
  return requirements;
}

/** Refuses (400) a selector on fields the resource cannot be selected by. `more` are those beside name and namespace. */
export function unselectableField(selector: FieldSelector, more: readonly string[]): Rejection | undefined {
  const unknown = selector.find(({ field }) => !EVERY_KIND.includes(field) && !more.includes(field));
  if (unknown === undefined) return undefined;
  return badRequest(
    more.length === 0
      ? `${JSON.stringify(unknown.field)} is not a known field selector: only "metadata.name", "metadata.namespace"`
      : `field label not supported: ${unknown.field}`,
  );
}

const EVERY_KIND: readonly string[] = ['metadata.name', 'metadata.namespace'];

/** Cuts at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  return text.match(/(?:\\[\s\S]|[^,\\]|\\$)+/g) ?? [];
}

function splitTerm(term: string): { field: string; operator: '=' | '!='; value: string } | undefined {
  const operator = /!=|==|=/.exec(term);
  if (operator === null) return undefined;
  return {
    field: term.slice(0, operator.index),
    operator: operator[0] === '!=' ? '!=' : '=',
    value: term.slice(operator.index + operator[0].length),
  };
}

/** A value without its escapes: `\\`, `\,` and `\=`. */
function unescaped(value: string): string | Rejection {
  const bad = /\\(?![\\,=])[\s\S]?/.exec(value.replaceAll(/\\[\\,=]/g, ''));
  if (bad !== null) return badRequest(`invalid field selector: invalid escape sequence: ${bad[0]}`);
  const bare = /[,=]/.exec(value.replaceAll(/\\[\\,=]/g, ''));
  if (bare !== null) {
    return badRequest(`invalid field selector: unescaped character in value: ${bare[0].codePointAt(0)}`);
  }
  return value.replaceAll(/\\([\\,=])/g, '$1');
}
