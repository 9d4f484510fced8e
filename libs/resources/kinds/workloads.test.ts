import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { deploymentRules } from './deployment/rules.ts';
import { replicaSetRules } from './replicaset/rules.ts';

function workload(
  kind: 'Deployment' | 'ReplicaSet',
  spec: MutableJsonObject = {},
  metadata: MutableJsonObject = {},
): MutableJsonObject {
  const object: MutableJsonObject = {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name: 'w', namespace: 'ns', generation: 3, ...metadata },
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'a' }] } },
      ...spec,
    },
  };
  (kind === 'Deployment' ? deploymentRules : replicaSetRules).applyDefaults(object);
  return object;
}

function generationAfter(next: MutableJsonObject, previous: MutableJsonObject, subresource = ''): unknown {
  const rules = next['kind'] === 'Deployment' ? deploymentRules : replicaSetRules;
  rules.prepareForUpdate(next, previous as KubeObject, subresource);
  return (next['metadata'] as MutableJsonObject)['generation'];
}

describe('the generation', () => {
  test('counts changes of the spec, and of a Deployment its annotations', () => {
    for (const kind of ['Deployment', 'ReplicaSet'] as const) {
      expect(generationAfter(workload(kind), workload(kind))).toBe(3);
      expect(generationAfter(workload(kind, { replicas: 5 }), workload(kind))).toBe(4);
      expect(generationAfter(workload(kind, { replicas: 5 }), workload(kind), 'scale')).toBe(4);
    }
    const annotated = { annotations: { a: 'b' } };
    expect(generationAfter(workload('Deployment', {}, annotated), workload('Deployment'))).toBe(4);
    expect(generationAfter(workload('ReplicaSet', {}, annotated), workload('ReplicaSet'))).toBe(3);
  });

  test('does not count a report of status', () => {
    const next: MutableJsonObject = { ...workload('Deployment', { replicas: 9 }), status: { replicas: 1 } };
    expect(generationAfter(next, workload('Deployment'), 'status')).toBe(3);
    expect(next['spec']).toEqual(workload('Deployment')['spec']);
  });
});

describe('a workload', () => {
  const faults = (object: MutableJsonObject, previous?: MutableJsonObject): readonly string[] => {
    const rules = object['kind'] === 'Deployment' ? deploymentRules : replicaSetRules;
    const errors =
      previous === undefined
        ? rules.validateCreate(object as KubeObject)
        : rules.validateUpdate(object as KubeObject, previous as KubeObject, '');
    return errors.map((error) => `${error.field}: ${error.message}`);
  };

  test('cannot change its selector', () => {
    const next = workload('ReplicaSet', { selector: { matchExpressions: [{ key: 'app', operator: 'Exists' }] } });
    expect(faults(next, workload('ReplicaSet'))).toEqual([
      'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement{v1.LabelSelectorRequirement{Key:"app", Operator:"Exists", Values:[]string(nil)}}}: field is immutable',
    ]);
  });

  test('must select something, by a selector that is one', () => {
    expect(faults(workload('Deployment', { selector: {} }))).toEqual([
      'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment',
    ]);
    expect(
      faults(workload('Deployment', { selector: { matchExpressions: [{ key: 'app', operator: 'In' }] } }))[0],
    ).toBe(
      "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    );
  });

  test('rolls by numbers or percentages that let it move', () => {
    const rolling = (rollingUpdate: MutableJsonObject): readonly string[] =>
      faults(workload('Deployment', { strategy: { type: 'RollingUpdate', rollingUpdate } }));
    expect(rolling({ maxSurge: '50%', maxUnavailable: 0 })).toEqual([]);
    expect(rolling({ maxSurge: '0%', maxUnavailable: 0 })[0]).toMatch(/may not be 0 when `maxSurge` is 0$/);
    expect(rolling({ maxUnavailable: '120%' })[0]).toMatch(/must not be greater than 100%$/);
    expect(rolling({ maxSurge: 'half' })[0]).toMatch(
      /a valid percent string must be a numeric string followed by an ending '%'/,
    );
    expect(faults(workload('Deployment', { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } }))).toEqual([
      "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
    ]);
  });

  test('reports a status that adds up', () => {
    const status = { replicas: 1, readyReplicas: 2, availableReplicas: 3 };
    const errors = replicaSetRules.validateUpdate(
      { ...workload('ReplicaSet'), status } as unknown as KubeObject,
      workload('ReplicaSet') as KubeObject,
      'status',
    );
    expect(errors.map((error) => error.field)).toEqual([
      'status.readyReplicas',
      'status.availableReplicas',
      'status.availableReplicas',
    ]);
  });

  test('has a row with counts, images and selector', () => {
    const object = {
      ...(workload('Deployment', { replicas: 3 }) as KubeObject),
      status: { readyReplicas: 2, updatedReplicas: 3, availableReplicas: 1 },
    };
    expect(deploymentRules.tableCells(object)).toEqual(['w', '2/3', 3, 1, '<unknown>', 'c', 'a', 'app=x']);
  });
});
