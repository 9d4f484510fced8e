import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { servedResources } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { openApiDocuments } from './open-api-documents.ts';
import { documentDifferences } from './testing/document-differences.ts';
import { OPENAPI_DIFFERENCES } from './testing/known-differences.ts';

const folder = path.resolve(import.meta.dirname, '../../../../shared/kubernetes');
const missing = !existsSync(folder);
if (missing) console.warn(`NOT COMPARED with the OpenAPI document of Kubernetes v1.36: there is no ${folder}`);

const documents = openApiDocuments(servedResources(), 'unversioned');

function read(name: string): JsonObject {
  const found = documents.find(name);
  if (found === undefined) throw new Error(`no document ${name}`);
  return JSON.parse(gunzipSync(found.gzippedJson).toString('utf8')) as JsonObject;
}

function members(value: JsonObject, ...names: readonly string[]): readonly (readonly [string, JsonObject])[] {
  const inner = names.reduce<JsonValue | undefined>((outer, name) => (outer as JsonObject | undefined)?.[name], value);
  return Object.entries((inner ?? {}) as Readonly<Record<string, JsonObject>>);
}

const ours = read('/openapi/v2');

describe.skipIf(missing)('OpenAPI v2 against the document of Kubernetes v1.36', () => {
  const reference = missing
    ? {}
    : (JSON.parse(readFileSync(path.join(folder, 'swagger-v1.36.json'), 'utf8')) as JsonObject);
  const differences = documentDifferences(reference, ours);

  test('differs in nothing that is not listed with its reason', () => {
    const unlisted = differences.filter(({ place }) => !OPENAPI_DIFFERENCES.some((known) => known.covers(place)));
    expect(unlisted).toEqual([]);
  });

  test.each(OPENAPI_DIFFERENCES)('still differs there: $what', (known) => {
    expect(differences.some(({ place }) => known.covers(place))).toBe(true);
  });

  test('a difference would be found, whatever it is about', () => {
    const changed = JSON.stringify(reference)
      .replace('"x-kubernetes-list-map-keys":["containerPort","protocol"]', '"x-kubernetes-list-map-keys":["name"]')
      .replace('"x-kubernetes-patch-merge-key":"topologyKey"', '"x-kubernetes-patch-merge-key":"other"')
      .replace('"operationId":"readCoreV1NamespacedPodStatus"', '"operationId":"readPodStatus"');
    const places = documentDifferences(JSON.parse(changed) as JsonObject, reference).map(({ place }) => place);
    expect(places).toContain('paths /api/v1/namespaces/{namespace}/pods/{name}/status get operationId');
    expect(places.filter((place) => place.endsWith('x-kubernetes-list-map-keys'))).toHaveLength(1);
    expect(places.filter((place) => place.endsWith('x-kubernetes-patch-merge-key'))).toHaveLength(1);
  });

  test('every list type, map key, patch strategy and merge key of the table of extensions is there', () => {
    const [, ...lines] = readFileSync(path.join(folder, 'schema-extensions.tsv'), 'utf8').trimEnd().split('\n');
    const definitions = ours['definitions'] as Readonly<Record<string, JsonObject>>;
    let compared = 0;
    for (const line of lines) {
      const [name = '', field = '', listType, keys, mapType, strategy, mergeKey] = line.split('\t');
      const type = definitions[name];
      if (type === undefined) {
        expect(name).toMatch(/alpha\d/);
        continue;
      }
      const schema = field === '.' ? type : (type['properties'] as Readonly<Record<string, JsonObject>>)[field];
      const text = (member: string): string => {
        const value = schema?.[member];
        return Array.isArray(value) ? value.join(',') : typeof value === 'string' ? value : '';
      };
      expect(
        [
          'x-kubernetes-list-type',
          'x-kubernetes-list-map-keys',
          'x-kubernetes-map-type',
          'x-kubernetes-patch-strategy',
          'x-kubernetes-patch-merge-key',
        ].map(text),
        `${name} ${field}`,
      ).toEqual([listType, keys, mapType, strategy, mergeKey].map((value) => value ?? ''));
      compared++;
    }
    expect(compared).toBeGreaterThan(300);
  });
});

describe('OpenAPI v3 against v2', () => {
  const parts = documents.paths.filter((name) => name.startsWith('/openapi/v3/')).map((name) => read(name));

  test('the documents together have every path and every operation', () => {
    const operations = (document: JsonObject): readonly string[] =>
      members(document, 'paths').flatMap(([name, item]) =>
        Object.entries(item).flatMap(([method, operation]) =>
          method === 'parameters'
            ? []
            : [`${method} ${name} ${(operation as { readonly operationId: string }).operationId}`],
        ),
      );
    expect(parts.flatMap((part) => operations(part)).toSorted()).toEqual(operations(ours).toSorted());
  });

  test('every type has the same fields, said in the words of v3', () => {
    const schemas = new Map(parts.flatMap((part) => members(part, 'components', 'schemas')));
    const said = Object.fromEntries([...schemas].map(([name, schema]) => [name, inWordsOfV2(schema) as JsonObject]));
    const differences = documentDifferences({ definitions: ours['definitions'] }, { definitions: said });
    expect(differences).toEqual([]);
  });
});

/** A schema of v3 as v2 writes it. */
function inWordsOfV2(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map((item: JsonValue) => inWordsOfV2(item));
  if (!isJsonObject(value)) {
    return typeof value === 'string' ? value.replace('#/components/schemas/', '#/definitions/') : value;
  }
  const said = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, inWordsOfV2(member ?? null)]));
  const { allOf, oneOf, ...rest } = said;
  // What stands beside a reference wraps it; the property of a JSON schema that has the name is no list.
  if (Array.isArray(allOf)) return { ...(allOf as readonly JsonObject[])[0], ...rest };
  // A quantity and an int-or-string are texts in v2.
  return Array.isArray(oneOf) ? { type: 'string', ...rest } : said;
}
