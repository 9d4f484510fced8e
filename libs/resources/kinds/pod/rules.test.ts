import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../../json.ts';
import type { KubeObject } from '../../object.ts';
import { podRules } from './rules.ts';

function pod(spec: MutableJsonObject = {}, more: MutableJsonObject = {}): MutableJsonObject {
  const object: MutableJsonObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'ns' },
    spec: { containers: [{ name: 'c', image: 'a:1' }], ...spec },
    ...more,
  };
  podRules.applyDefaults(object);
  return object;
}

const faults = (next: MutableJsonObject, previous: MutableJsonObject, subresource = ''): readonly string[] =>
  podRules
    .validateUpdate(next as KubeObject, previous as KubeObject, subresource)
    .map((error) => `${error.field}: ${error.message.split('\n')[0]}`);

test('a pod whose gates are closed says from the start that nobody schedules it', () => {
  const gated = { metadata: { name: 'a' }, spec: { containers: [], schedulingGates: [{ name: 'example.com/gate' }] } };
  const pod = structuredClone(gated) as unknown as MutableJsonObject;
  podRules.prepareForCreate(pod);
  expect(pod['status']).toMatchObject({
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }],
  });
});

describe('an update of a pod', () => {
  const previous = pod({ activeDeadlineSeconds: 100, tolerations: [{ key: 'a', operator: 'Exists' }] });
  const changed = (spec: MutableJsonObject): readonly string[] =>
    faults(pod({ activeDeadlineSeconds: 100, tolerations: [{ key: 'a', operator: 'Exists' }], ...spec }), previous);

  test('may change images, add tolerations and shorten the deadline', () => {
    const toleration = { key: 'a', operator: 'Exists' };
    expect(changed({ containers: [{ name: 'c', image: 'a:2' }] })).toEqual([]);
    expect(changed({ tolerations: [toleration, { key: 'b', operator: 'Exists' }] })).toEqual([]);
    expect(changed({ activeDeadlineSeconds: 50 })).toEqual([]);
  });

  test('may change nothing else', () => {
    expect(changed({ nodeName: 'n' })[0]).toMatch(
      /^spec: Forbidden: pod updates may not change fields other than `spec.containers\[\*\].image`,/,
    );
    expect(changed({ containers: [{ name: 'c', image: 'a:1', command: ['x'] }] })).toHaveLength(1);
    expect(
      changed({
        containers: [
          { name: 'c', image: 'a:1' },
          { name: 'd', image: 'a:1' },
        ],
      }),
    ).toEqual(['spec.containers: Forbidden: pod updates may not add or remove containers']);
    expect(changed({ tolerations: [] })[0]).toBe(
      'spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds',
    );
    expect(changed({ activeDeadlineSeconds: 200 })[0]).toBe(
      'spec.activeDeadlineSeconds: Invalid value: 200: must be less than or equal to previous value',
    );
  });

  test('says which fields it may not change', () => {
    const [error] = podRules.validateUpdate(
      pod({ activeDeadlineSeconds: 100, tolerations: [{ key: 'a', operator: 'Exists' }], nodeName: 'n' }) as KubeObject,
      previous as KubeObject,
      '',
    );
    expect(error?.message).toContain('spec.nodeName: nil -> "n"');
  });

  test('cannot change what identifies it', () => {
    const renamed = pod({}, { metadata: { name: 'q', namespace: 'ns' } });
    expect(faults(renamed, pod())).toEqual(['metadata.name: Invalid value: "q": field is immutable']);
  });

  test('keeps the status, and a status update keeps the spec and the owners', () => {
    const owned = pod({}, { status: { phase: 'Running' } });
    (owned['metadata'] as MutableJsonObject)['ownerReferences'] = [
      { apiVersion: 'v1', kind: 'X', name: 'x', uid: '1' },
    ];
    const next = pod({ nodeName: 'n' }, { status: { phase: 'Failed' } });
    podRules.prepareForUpdate(next, owned as KubeObject, '');
    expect(next['status']).toEqual(owned['status']);
    const reported = pod({ nodeName: 'n' }, { status: { phase: 'Failed' } });
    podRules.prepareForUpdate(reported, owned as KubeObject, 'status');
    expect(reported['spec']).toEqual(owned['spec']);
    expect(reported['status']).toMatchObject({ phase: 'Failed' });
    expect(reported['metadata']).toMatchObject({ ownerReferences: [{ kind: 'X' }] });
  });
});

describe('a new pod', () => {
  test('gets its requests from its limits and a quality of service from both', () => {
    const quality = (resources: MutableJsonObject): unknown => {
      const object = pod({ containers: [{ name: 'c', image: 'a', resources }] });
      podRules.prepareForCreate(object);
      return (object['status'] as MutableJsonObject)['qosClass'];
    };
    expect(quality({})).toBe('BestEffort');
    expect(quality({ limits: { cpu: '1', memory: '1Gi' } })).toBe('Guaranteed');
    expect(quality({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } })).toBe('Burstable');
  });

  test('pulls a moving image always and a fixed one once', () => {
    const policy = (image: string): unknown => {
      const object = pod({ containers: [{ name: 'c', image }] });
      return ((object['spec'] as MutableJsonObject)['containers'] as MutableJsonObject[])[0]?.['imagePullPolicy'];
    };
    expect(policy('nginx')).toBe('Always');
    expect(policy('localhost:5000/nginx')).toBe('Always');
    expect(policy('nginx:latest')).toBe('Always');
    expect(policy('nginx:1.25')).toBe('IfNotPresent');
    expect(policy('nginx@sha256:abc')).toBe('IfNotPresent');
  });

  test('warns about what is hardly meant', () => {
    const object = pod({
      nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
      containers: [
        {
          name: 'c',
          image: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'X', value: '2' },
          ],
        },
      ],
    });
    expect(podRules.warnings(object as KubeObject)).toEqual([
      'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.containers[0].env[1]: hides previous definition of "X", which may be dropped when using apply',
    ]);
    expect(podRules.warnings(pod() as KubeObject)).toEqual([]);
  });
});
