import { gunzipSync } from 'node:zlib';
import { servedResources } from '@taffrail/resources/registry';
import { BYTES, WireReader } from '@taffrail/resources/wire/reader';
import { describe, expect, test } from 'vitest';
import { openApiDocuments } from '../open-api-documents.ts';
import { encodeProtobuf } from './encode.ts';
import { DOCUMENT_V2 } from './shape-v2.ts';

const documents = openApiDocuments(servedResources(), 'v1.36.0');

/** The values of a message's fields with one number: read by hand, without our shapes. */
function fields(message: Uint8Array, number: number): readonly Uint8Array[] {
  const reader = new WireReader(message, 0);
  const found: Uint8Array[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.type === BYTES && tag.number === number) found.push(reader.bytes());
    else reader.skip(tag.type);
  }
  return found;
}

function field(message: Uint8Array, ...numbers: readonly number[]): Uint8Array {
  return numbers.reduce((inner, number) => fields(inner, number)[0] ?? new Uint8Array(), message);
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** Names (1) and values (2) of a list that stands for a map. */
function entries(message: Uint8Array, number: number): ReadonlyMap<string, Uint8Array> {
  return new Map(fields(message, number).map((entry) => [text(field(entry, 1)), field(entry, 2)]));
}

function written(path: string): Buffer {
  const found = documents.find(path);
  if (found === undefined) throw new Error(`no document ${path}`);
  return gunzipSync(found.gzippedProtobuf());
}

describe('the protobuf form', () => {
  test('of v2 has the types, fields and extensions where clients look for them', () => {
    const document = written('/openapi/v2');
    expect([text(field(document, 1)), text(field(document, 2, 1))]).toEqual(['2.0', 'Kubernetes']);
    const definitions = entries(field(document, 9), 1);
    const container = definitions.get('io.k8s.api.core.v1.Container') ?? new Uint8Array();
    expect(text(field(container, 22, 1))).toBe('object');
    expect(fields(container, 19).map(text)).toEqual(['name']);
    const ports = entries(field(container, 25), 1).get('ports') ?? new Uint8Array();
    expect(text(field(ports, 23, 1, 1))).toBe('#/definitions/io.k8s.api.core.v1.ContainerPort');
    const extensions = entries(ports, 31);
    expect(JSON.parse(text(field(extensions.get('x-kubernetes-patch-merge-key') ?? new Uint8Array(), 2)))).toBe(
      'containerPort',
    );
    const path = entries(field(document, 8), 2).get('/api/v1/namespaces/{namespace}/pods') ?? new Uint8Array();
    expect(text(field(path, 4, 5))).toBe('createCoreV1NamespacedPod');
    expect(text(field(path, 4, 8, 1, 1, 2))).toBe('body');
    expect(text(field(path, 9, 1, 2, 4, 4))).toBe('namespace');
    expect([...entries(field(path, 4, 9), 1).keys()]).toEqual(['200', '201', '202', '401']);
  });

  test('of v3 tells a schema from a reference to one', () => {
    const schemas = entries(field(written('/openapi/v3/apis/apps/v1'), 5, 1), 1);
    const deployment = field(schemas.get('io.k8s.api.apps.v1.Deployment') ?? new Uint8Array(), 1);
    expect(text(field(deployment, 25))).toBe('object');
    const properties = entries(field(deployment, 31), 1);
    expect(text(field(properties.get('spec') ?? new Uint8Array(), 2, 1))).toBe(
      '#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec',
    );
  });

  test('can be made of every document', () => {
    const made = documents.paths.map((path) => documents.find(path)).filter((one) => one?.protobuf !== undefined);
    expect(made.length).toBeGreaterThan(40);
    for (const one of made) expect(one?.gzippedProtobuf().length).toBeGreaterThan(0);
  });

  test('of a document with a member its shape does not know is a bug, and found', () => {
    expect(() => encodeProtobuf({ swagger: '2.0', host: 'x' }, DOCUMENT_V2)).toThrow('no field for host');
  });
});
