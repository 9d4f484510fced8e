import { findKind } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { patchSchemaOf } from '../patch/type-patch-schema.ts';
import { applyStrategicMergePatch } from '../patch/strategic-merge-patch.ts';
import { isRejection } from '../rejection.ts';
import { decodePatch, decodePatched } from './decode-patch.ts';
import type { FieldValidation } from './field-validation.ts';

function read(text: string, mediaType: string, fieldValidation: FieldValidation = 'Warn') {
  return decodePatch({ bytes: Buffer.from(text), mediaType, fieldValidation });
}

describe('the body of a patch', () => {
  test('its type follows from the media type', () => {
    expect(read('[]', 'application/json-patch+json')).toEqual({ patchType: 'json', patch: [], duplicates: [] });
    expect(read('{"a":1}', 'application/merge-patch+json')).toMatchObject({ patchType: 'merge', patch: { a: 1 } });
    expect(read('{}', 'application/strategic-merge-patch+json')).toMatchObject({ patchType: 'strategic' });
    expect(read('a: yes\n', 'application/apply-patch+yaml')).toMatchObject({ patchType: 'apply', patch: { a: true } });
    expect(read('{"a":1}', 'application/apply-patch+yaml; charset=utf-8')).toMatchObject({
      patchType: 'apply',
      patch: { a: 1 },
    });
  });

  test('other media types are refused with those there are', () => {
    expect(read('{}', 'application/json')).toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml',
    });
  });

  test.each([
    ['{', 'application/merge-patch+json'],
    ['[]', 'application/merge-patch+json'],
    ['{}', 'application/json-patch+json'],
    ['a: [', 'application/apply-patch+yaml'],
    ['', 'application/strategic-merge-patch+json'],
  ])('%j as %s is a bad request', (text, mediaType) => {
    expect(read(text, mediaType)).toMatchObject({ code: 400, reason: 'BadRequest' });
  });

  test('members set twice are reported unless the request ignores them', () => {
    const text = '{"data":{"a":"1","a":"2"}}';
    expect(read(text, 'application/merge-patch+json')).toMatchObject({ duplicates: ['duplicate field "data.a"'] });
    expect(read(text, 'application/merge-patch+json', 'Ignore')).toMatchObject({ duplicates: [] });
    expect(read('[{"op":"test","op":"add"}]', 'application/json-patch+json')).toMatchObject({
      duplicates: ['json patch duplicate field "[0].op"'],
    });
  });
});

describe('the outcome of a patch', () => {
  const configMap = findKind('', 'v1', 'ConfigMap');
  if (configMap === undefined) throw new Error('no ConfigMap');
  const document = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { a: '1' } };

  test('is the same object when everything fits', () => {
    expect(decodePatched(document, configMap, 'Strict')).toEqual({ object: document, warnings: [] });
  });

  test('unknown fields are dropped with a warning, or refused', () => {
    const patched = { ...document, spec: { y: 1 } };
    expect(decodePatched(patched, configMap, 'Warn')).toEqual({ object: document, warnings: ['unknown field "spec"'] });
    expect(decodePatched(patched, configMap, 'Strict')).toMatchObject({
      code: 422,
      reason: 'Invalid',
      details: { causes: [{ field: 'patch', reason: 'FieldValueInvalid' }] },
      message: expect.stringContaining('strict decoding error: unknown field "spec"'),
    });
    expect(decodePatched(patched, configMap, 'Strict', { shown: () => 'map[spec:map[y:1]]' })).toMatchObject({
      message: expect.stringContaining('patch: Invalid value: "map[spec:map[y:1]]": strict decoding error'),
    });
    const refusal = decodePatched(patched, configMap, 'Strict');
    expect(isRejection(refusal) && Object.keys(refusal.details ?? {})).toEqual(['causes']);
  });

  test('is read where it differs from what was patched', () => {
    const stored = { ...document, metadata: { name: 'b', labels: { l: '1' }, creationTimestamp: null } };
    const patched = { ...stored, metadata: { ...stored.metadata, colour: 'red' }, immutable: 'yes' };
    for (const asGiven of [{}, { patched: stored }]) {
      expect(decodePatched({ ...patched, immutable: true }, configMap, 'Warn', asGiven)).toEqual({
        object: { ...document, metadata: { name: 'b', labels: { l: '1' } }, immutable: true },
        warnings: ['unknown field "metadata.colour"'],
      });
      expect(decodePatched(patched, configMap, 'Warn', asGiven)).toMatchObject({ code: 422 });
    }
  });

  test('members the patch set twice count as well', () => {
    expect(decodePatched(document, configMap, 'Warn', { duplicates: ['duplicate field "a"'] })).toMatchObject({
      warnings: ['duplicate field "a"'],
    });
    expect(decodePatched(document, configMap, 'Strict', { duplicates: ['duplicate field "a"'] })).toMatchObject({
      code: 422,
    });
  });

  test('a value of the wrong type is refused', () => {
    expect(decodePatched({ ...document, data: { a: 1 } }, configMap, 'Ignore')).toMatchObject({ code: 422 });
  });
});

describe('strategic merge patches of real types', () => {
  const pod = patchSchemaOf('io.k8s.api.core.v1.Pod');

  test('merge containers by name, ports by number, and finalizers by value', () => {
    const document = {
      metadata: { finalizers: ['a'], labels: { x: '1' } },
      spec: {
        containers: [{ name: 'c', image: '1', ports: [{ containerPort: 80, name: 'http' }], command: ['a'] }],
        tolerations: [{ key: 'a' }],
      },
    };
    const patch = {
      metadata: { finalizers: ['b'], labels: { x: null, y: '2' } },
      spec: {
        containers: [{ name: 'c', image: '2', ports: [{ containerPort: 80, hostPort: 1 }], command: ['b'] }],
        tolerations: [{ key: 'b' }],
      },
    };
    expect(applyStrategicMergePatch(document, patch, pod)).toEqual({
      document: {
        metadata: { finalizers: ['b', 'a'], labels: { y: '2' } },
        spec: {
          containers: [
            { name: 'c', image: '2', ports: [{ containerPort: 80, name: 'http', hostPort: 1 }], command: ['b'] },
          ],
          tolerations: [{ key: 'b' }],
        },
      },
    });
  });

  test('what kubectl sends for a changed volume keeps only what it names', () => {
    const document = { spec: { volumes: [{ name: 'v', emptyDir: {} }] } };
    const patch = { spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] } };
    expect(applyStrategicMergePatch(document, patch, pod)).toEqual({
      document: { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } },
    });
  });

  test('a Deployment changes its strategy', () => {
    const schema = patchSchemaOf('io.k8s.api.apps.v1.Deployment');
    const document = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } }, replicas: 2 } };
    const patch = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(applyStrategicMergePatch(document, patch, schema)).toEqual({
      document: { spec: { strategy: { type: 'Recreate' }, replicas: 2 } },
    });
  });
});
