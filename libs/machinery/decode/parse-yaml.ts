import { createRequire } from 'node:module';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { JsonValue } from '@taffrail/resources/json';
import type * as Yaml from 'yaml';
import { isDeeperThan } from '../json-walk.ts';
import { parseJsonBody } from './parse-json.ts';
import type { ParsedBody } from './parsed-body.ts';

/** The parser costs a process 14 MB; most bodies are JSON, and so is most of what comes labelled as YAML. */
const load = createRequire(import.meta.url);
let loaded: typeof Yaml | undefined;

/**
 * Reads a YAML body as kubectl and the API server read it: YAML 1.1 without dates and base-60 numbers, so `yes` is true,
 * `0777` is 511 and `2001-12-14` is a text. Keys become texts. More than one document is refused.
 */
export function parseYamlBody(bytes: Uint8Array): ParsedBody {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (text.trimStart().startsWith('{')) {
    const json = parseJsonBody(bytes);
    if (json.fault === undefined) return json;
  }
  loaded ??= load('yaml') as typeof Yaml;
  try {
    return read(loaded, text);
  } catch (thrown) {
    // The parser throws on aliases that grow without bound and runs out of stack on absurd nesting.
    return { fault: `yaml: ${messageOf(thrown)}` };
  }
}

function read(yaml: typeof Yaml, text: string): ParsedBody {
  const documents = yaml.parseAllDocuments(text, {
    version: '1.1',
    schema: 'yaml-1.1',
    customTags: withoutDates,
    uniqueKeys: false,
    merge: true,
    prettyErrors: false,
    logLevel: 'error',
  });
  const [document] = [...documents];
  if (document === undefined || document.contents === null) return { fault: 'unexpected end of YAML input' };
  if (documents.length > 1) return { fault: 'yaml: more than one document' };
  const [error] = document.errors;
  if (error !== undefined) return { fault: `yaml: ${lineText(text, error.pos[0])}${error.message}` };
  const value = document.toJS({ maxAliasCount: limits.yamlAliasesCount }) as JsonValue;
  if (isDeeperThan(value, limits.jsonDepthCount)) return { fault: 'exceeded max depth' };
  return { value: onlyJson(value), duplicates: duplicateKeys(yaml, document, text) };
}

/** Tags of YAML 1.1 whose values JSON does not have, or Go's parser leaves as texts. */
function withoutDates(tags: Yaml.Tags): Yaml.Tags {
  return tags.filter((tag) => {
    if (typeof tag === 'string') return !['timestamp', 'intTime', 'floatTime', 'binary'].includes(tag);
    const isSexagesimal = 'format' in tag && tag.format === 'TIME';
    return !isSexagesimal && tag.tag !== 'tag:yaml.org,2002:timestamp' && tag.tag !== 'tag:yaml.org,2002:binary';
  });
}

/** Without what only YAML has: infinite numbers become texts, as they are written. */
function onlyJson(value: unknown): JsonValue {
  if (Array.isArray(value)) return value.map((item) => onlyJson(item));
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') return Number(value);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, onlyJson(member)]));
  }
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** Keys set twice, worded as the YAML library behind kubectl words them. */
function duplicateKeys(yaml: typeof Yaml, document: Yaml.Document.Parsed, text: string): readonly string[] {
  const found: string[] = [];
  yaml.visit(document, {
    Map(_key, map) {
      const names = new Set<string>();
      for (const { key } of map.items) {
        if (!yaml.isScalar(key)) continue;
        const name = String(key.value);
        if (names.has(name) && name !== '<<') {
          found.push(`${lineText(text, key.range?.[0])}key ${JSON.stringify(name)} already set in map`);
        }
        names.add(name);
      }
    },
  });
  return found.length === 0 ? [] : [`yaml: unmarshal errors:\n  ${found.join('\n  ')}`];
}

function lineText(text: string, offset: number | undefined): string {
  return offset === undefined ? '' : `line ${text.slice(0, offset).split('\n').length}: `;
}
