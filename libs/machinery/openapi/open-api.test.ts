import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import { allResources } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { openApiDocuments } from './open-api-documents.ts';

const documents = openApiDocuments(allResources(), 'v1.36.0');

function read(name: string): JsonObject {
  const found = documents.find(name);
  if (found === undefined) throw new Error(`no document ${name}`);
  return JSON.parse(gunzipSync(found.gzipped).toString('utf8')) as JsonObject;
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
    const again = openApiDocuments(allResources(), 'v1.36.0');
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

/** Types that have a name in the published document and no fields. */
const FREE_FORM = /RawExtension|FieldsV1|v1\.JSON\b|JSONSchemaPropsOr|CustomResourceSubresourceStatus/;

const reference = path.resolve(import.meta.dirname, '../../../../shared/kubernetes/swagger-v1.36.json');

describe.skipIf(!existsSync(reference))('OpenAPI v2 against the document of Kubernetes v1.36', () => {
  const expected = existsSync(reference) ? (JSON.parse(readFileSync(reference, 'utf8')) as JsonObject) : {};
  const document = read('/openapi/v2');
  const ours = Object.entries(document['paths'] as JsonObject);

  test.each(ours)('%s has the operations Kubernetes has there', (name, item) => {
    for (const [method, operation] of Object.entries(item as JsonObject)) {
      if (method === 'parameters') continue;
      const theirs = at(expected, 'paths', name, method);
      for (const member of [
        'operationId',
        'description',
        'tags',
        'x-kubernetes-action',
        'x-kubernetes-group-version-kind',
      ]) {
        expect(at(operation, member), `${method} ${member}`).toEqual(at(theirs, member));
      }
      expect(Object.keys(at(operation, 'responses') as JsonObject)).toEqual(
        Object.keys(at(theirs, 'responses') as JsonObject),
      );
    }
  });

  test.each(Object.entries(document['definitions'] as JsonObject))(
    '%s has the fields Kubernetes has',
    (name, schema) => {
      const theirs = at(expected, 'definitions', name);
      expect(at(schema, 'type')).toEqual(at(theirs, 'type'));
      expect(Object.keys((at(schema, 'properties') ?? {}) as JsonObject)).toEqual(
        Object.keys((at(theirs, 'properties') ?? {}) as JsonObject).toSorted(),
      );
      expect(at(schema, 'required')).toEqual((at(theirs, 'required') as string[] | undefined)?.toSorted());
      for (const [field, value] of Object.entries((at(schema, 'properties') ?? {}) as JsonObject)) {
        const their = at(theirs, 'properties', field) as JsonObject;
        for (const member of [
          'type',
          'format',
          '$ref',
          'x-kubernetes-list-map-keys',
          'x-kubernetes-patch-merge-key',
          'x-kubernetes-patch-strategy',
        ]) {
          // The published document calls free-form objects by name, ours say what they are.
          if (FREE_FORM.test(JSON.stringify(their['$ref'] ?? ''))) continue;
          expect(at(value, member), `${field} ${member}`).toEqual(their[member]);
        }
      }
    },
  );
});
