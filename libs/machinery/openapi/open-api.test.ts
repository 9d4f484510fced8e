import { gunzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { servedResources } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { openApiDocuments } from './open-api-documents.ts';

const documents = openApiDocuments(servedResources(), 'v1.36.0');

function read(name: string): JsonObject {
  const found = documents.find(name);
  if (found === undefined) throw new Error(`no document ${name}`);
  return JSON.parse(gunzipSync(found.gzippedJson).toString('utf8')) as JsonObject;
}

function at(value: JsonValue | undefined, ...names: readonly string[]): JsonValue | undefined {
  return names.reduce<JsonValue | undefined>((inner, name) => (inner as JsonObject | undefined)?.[name], value);
}

/** Every `$ref` in a document. */
function references(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: JsonValue) => references(item));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) =>
    name === '$ref' && typeof member === 'string' ? [member] : references(member),
  );
}

describe('OpenAPI v3', () => {
  test('the root names a document for each group and version, by its hash', () => {
    const root = read('/openapi/v3');
    const urls = Object.entries(root['paths'] as JsonObject);
    expect(urls.map(([name]) => name)).toContain('api/v1');
    for (const [name, entry] of urls) {
      const url = at(entry, 'serverRelativeURL');
      expect(url).toBe(`/openapi/v3/${name}?hash=${documents.find(`/openapi/v3/${name}`)?.hash}`);
    }
  });

  test('a document made twice is the same', () => {
    const again = openApiDocuments(servedResources(), 'v1.36.0');
    expect(again.find('/openapi/v3/apis/apps/v1')?.hash).toBe(documents.find('/openapi/v3/apis/apps/v1')?.hash);
    expect(documents.find('/openapi/v3/apis/none/v1')).toBeUndefined();
  });

  test.each(documents.paths.filter((name) => /v3\/api/.test(name)))('%s refers to nothing it does not hold', (name) => {
    const document = read(name);
    const schemas = at(document, 'components', 'schemas') as JsonObject;
    for (const reference of references(document)) {
      expect(Object.hasOwn(schemas, reference.replace('#/components/schemas/', ''))).toBe(true);
    }
  });

  test('kubectl finds what it looks for: the kind, its patch and the parameters of validation', () => {
    const document = read('/openapi/v3/apis/apps/v1');
    expect(
      at(document, 'components', 'schemas', 'io.k8s.api.apps.v1.Deployment', 'x-kubernetes-group-version-kind'),
    ).toEqual([{ group: 'apps', kind: 'Deployment', version: 'v1' }]);
    const patch = at(document, 'paths', '/apis/apps/v1/namespaces/{namespace}/deployments/{name}', 'patch');
    expect(at(patch, 'x-kubernetes-group-version-kind')).toEqual({ group: 'apps', kind: 'Deployment', version: 'v1' });
    expect(at(patch, 'operationId')).toBe('patchAppsV1NamespacedDeployment');
    expect(Object.keys(at(patch, 'requestBody', 'content') as JsonObject)).toContain(
      'application/strategic-merge-patch+json',
    );
    const names = (at(patch, 'parameters') as readonly JsonObject[]).map((parameter) => parameter['name']);
    expect(names).toEqual(['dryRun', 'fieldManager', 'fieldValidation', 'force']);
  });

  test('lists say how they are merged', () => {
    const schemas = at(read('/openapi/v3/api/v1'), 'components', 'schemas');
    expect(at(schemas, 'io.k8s.api.core.v1.Container', 'properties', 'ports')).toEqual({
      type: 'array',
      items: { $ref: '#/components/schemas/io.k8s.api.core.v1.ContainerPort' },
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['containerPort', 'protocol'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'containerPort',
    });
  });
});
