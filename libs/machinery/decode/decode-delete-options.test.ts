import { describe, expect, test } from 'vitest';
import { encodeBody } from '@taffrail/resources/wire/testing/encode';
import { decodeDeleteOptions } from './decode-delete-options.ts';

function read(text: string, mediaType = 'application/json') {
  return decodeDeleteOptions({ bytes: Buffer.from(text), mediaType });
}

describe('options of a deletion', () => {
  test('no body is no options', () => {
    expect(read('')).toBeUndefined();
  });

  test.each(['v1', 'apps/v1', 'meta.k8s.io/v1', 'anything/v9'])(
    'are read whatever version they name: %s',
    (apiVersion) => {
      const text = JSON.stringify({
        kind: 'DeleteOptions',
        apiVersion,
        gracePeriodSeconds: 0,
        preconditions: { uid: 'u' },
      });
      expect(read(text)).toEqual({
        kind: 'DeleteOptions',
        apiVersion,
        gracePeriodSeconds: 0,
        preconditions: { uid: 'u' },
      });
    },
  );

  test('are read without a kind, and from YAML', () => {
    expect(read('{"propagationPolicy":"Orphan","unknown":1}')).toEqual({ propagationPolicy: 'Orphan' });
    expect(read('propagationPolicy: Orphan\n', 'application/yaml')).toEqual({ propagationPolicy: 'Orphan' });
  });

  test('are read from protobuf', () => {
    const bytes = encodeBody('apps/v1', 'DeleteOptions', 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', {
      gracePeriodSeconds: 7,
    });
    expect(decodeDeleteOptions({ bytes, mediaType: 'application/vnd.kubernetes.protobuf' })).toMatchObject({
      gracePeriodSeconds: 7,
    });
  });

  test.each([
    ['{"kind":"Pod"}', 'application/json', 400],
    ['[]', 'application/json', 400],
    ['{', 'application/json', 400],
    ['{"gracePeriodSeconds":"x"}', 'application/json', 400],
    ['x', 'application/vnd.kubernetes.protobuf', 400],
    ['{}', 'text/plain', 415],
  ])('%j as %s is refused', (text, mediaType, code) => {
    expect(read(text, mediaType)).toMatchObject({ rejected: true, code });
  });
});
