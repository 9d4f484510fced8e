import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiVersionOf } from '../object.ts';
import { allResources } from '../registry.ts';
import { decodeBody, wireTypeName } from './decode.ts';
import { isWireFault } from './fault.ts';
import { arbitraryObject } from './testing/arbitrary.ts';
import { bytesField, encodeBody } from './testing/encode.ts';
import { recordedBodies } from './testing/kubectl-bodies.ts';

interface Sent {
  readonly apiVersion: string;
  readonly kind: string;
  readonly type: string;
}

const sent: readonly Sent[] = [
  ...allResources().map((one) => ({
    apiVersion: apiVersionOf(one.group, one.version),
    kind: one.kind,
    type: one.schema,
  })),
  { apiVersion: 'v1', kind: 'Binding', type: 'io.k8s.api.core.v1.Binding' },
  { apiVersion: 'autoscaling/v1', kind: 'Scale', type: 'io.k8s.api.autoscaling.v1.Scale' },
  { apiVersion: 'policy/v1', kind: 'Eviction', type: 'io.k8s.api.policy.v1.Eviction' },
  { apiVersion: 'apps/v1', kind: 'DeleteOptions', type: 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions' },
];

/** JSON without nulls: an unset time stands as null in what kubectl prints and not at all on the wire. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([, inner]) => inner !== null);
  return Object.fromEntries(kept.map(([name, inner]) => [name, withoutNulls(inner)]));
}

function decoded(body: Uint8Array): unknown {
  const result = decodeBody(body);
  if (isWireFault(result)) throw new Error(result.message);
  return result.object;
}

describe('bodies kubectl sent', () => {
  test.each(recordedBodies)('$command decodes to its JSON twin', ({ body, json }) => {
    expect(decoded(Buffer.from(body, 'hex'))).toEqual(withoutNulls(json));
  });
});

describe('every kind that can be sent', () => {
  test.each(sent)('$kind of $apiVersion comes back as it was encoded', ({ apiVersion, kind, type }) => {
    expect(wireTypeName(apiVersion, kind)).toBe(type);
    fc.assert(
      fc.property(arbitraryObject(type), (object) => {
        const body = encodeBody(apiVersion, kind, type, object);
        expect(decoded(body)).toEqual({ ...object, kind, apiVersion });
      }),
      { numRuns: 30 },
    );
  });
});

describe('zero values', () => {
  const pod = (spec: object): unknown =>
    decoded(encodeBody('v1', 'Pod', 'io.k8s.api.core.v1.Pod', { spec: { ...spec } }));

  test('are left out where they say nothing and kept where they do', () => {
    expect(
      pod({ hostNetwork: false, nodeName: '', terminationGracePeriodSeconds: 0, automountServiceAccountToken: false }),
    ).toEqual({
      kind: 'Pod',
      apiVersion: 'v1',
      spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false },
    });
  });

  test('of required fields are kept', () => {
    expect(pod({ containers: [{ name: '' }] })).toMatchObject({ spec: { containers: [{ name: '' }] } });
  });
});

describe('bodies that are none', () => {
  const fault = (body: Uint8Array): string => {
    const result = decodeBody(body);
    if (!isWireFault(result)) throw new Error('it decoded');
    return result.message;
  };

  test('say what is wrong', () => {
    expect(fault(Buffer.from('{"kind":"Pod"}'))).toBe(
      'the body does not begin with the bytes that mark Kubernetes protobuf',
    );
    expect(fault(Buffer.from('k8s\0'))).toBe('no kind "" is registered for version ""');
    expect(fault(encodeBody('v1', 'Nothing', 'io.k8s.api.core.v1.Pod', {}))).toBe(
      'no kind "Nothing" is registered for version "v1"',
    );
    expect(fault(Buffer.concat([Buffer.from('k8s\0'), Buffer.from([0x0a, 0x7f])]))).toBe(
      'unexpected end of the message at byte 6',
    );
    const typeMeta = Buffer.concat([bytesField(1, Buffer.from('v1')), bytesField(2, Buffer.from('ConfigMap'))]);
    const cut = Buffer.concat([
      Buffer.from('k8s\0'),
      bytesField(1, typeMeta),
      bytesField(2, Buffer.from([0x12, 0x05, 0x0a])),
    ]);
    expect(fault(cut)).toBe('unexpected end of the message at byte 2');
    const latin = bytesField(1, bytesField(1, Buffer.from([0xff])));
    expect(fault(Buffer.concat([Buffer.from('k8s\0'), bytesField(1, typeMeta), bytesField(2, latin)]))).toMatch(
      /not UTF-8/,
    );
  });

  test('never make the decoder throw', () => {
    const header = encodeBody('v1', 'Pod', 'io.k8s.api.core.v1.Pod', {}).subarray(0, 13);
    const whole = encodeBody('v1', 'Pod', 'io.k8s.api.core.v1.Pod', {
      metadata: { name: 'a', labels: { a: 'b' } },
      spec: { containers: [{ name: 'c', ports: [{ containerPort: 1 }], resources: { limits: { cpu: '1' } } }] },
    });
    const junk = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(junk, fc.nat(), fc.nat(), (bytes, at, value) => {
        decodeBody(bytes);
        decodeBody(Buffer.concat([header, bytesField(2, bytes)]));
        const changed = Buffer.from(whole);
        changed[at % changed.length] = value % 256;
        const result = decodeBody(changed);
        expect(isWireFault(result) ? result.message : result.kind).not.toBe('');
      }),
      { numRuns: 3000 },
    );
  });

  test('with a key that names a prototype harm nothing', () => {
    const body = encodeBody('v1', 'ConfigMap', 'io.k8s.api.core.v1.ConfigMap', {
      data: JSON.parse('{"__proto__":"x"}') as Record<string, string>,
    });
    const { data } = decoded(body) as { data: object };
    expect(Object.keys(data)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
  });
});
