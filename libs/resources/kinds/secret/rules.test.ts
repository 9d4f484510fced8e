import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { secretRules } from './rules.ts';

function secret(more: MutableJsonObject): MutableJsonObject {
  const object: MutableJsonObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's', namespace: 'ns' },
    ...more,
  };
  secretRules.applyDefaults(object);
  return object;
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('a secret', () => {
  test('takes stringData in and keeps only data', () => {
    expect(secret({ stringData: { a: 'x', b: 'y' }, data: { a: base64('old') } })).toMatchObject({
      type: 'Opaque',
      data: { a: base64('x'), b: base64('y') },
    });
    expect(secret({ stringData: {} })['stringData']).toBeUndefined();
  });

  test('of a registry must hold JSON, and the refusal does not quote it', () => {
    const config = (text: string): readonly string[] =>
      secretRules
        .validateCreate(
          secret({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64(text) } }) as KubeObject,
        )
        .map((error) => `${error.field}: ${error.message}`);
    expect(config('{"auths":{}}')).toEqual([]);
    expect(config('hunter2')).toEqual([
      `data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": invalid character 'h'`,
    ]);
    expect(config('{"auths":')).toEqual([
      'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": unexpected end of JSON input',
    ]);
  });

  test('that is immutable stays as it is', () => {
    const previous = secret({ immutable: true, data: { a: base64('x') } });
    const faults = (next: MutableJsonObject): readonly string[] =>
      secretRules.validateUpdate(next as KubeObject, previous as KubeObject, '').map((error) => error.field);
    expect(faults(secret({ immutable: true, data: { a: base64('x') } }))).toEqual([]);
    expect(faults(secret({ data: { a: base64('y') } }))).toEqual(['immutable', 'data']);
    expect(faults(secret({ immutable: true, type: 'other', data: { a: base64('x') } }))).toEqual(['type']);
  });
});
