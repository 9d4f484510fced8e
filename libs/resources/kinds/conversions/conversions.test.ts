import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ResourceDefinition } from '../../definition.ts';
import type { KubeObject } from '../../object.ts';
import { allResources, findResource } from '../../registry.ts';
import { arbitraryObject } from '../../wire/testing/arbitrary.ts';

function definitionOf(group: string, version: string, resource: string): ResourceDefinition {
  const found = findResource(group, version, resource);
  if (found === undefined) throw new Error(`no ${resource}`);
  return found;
}

const served = allResources().filter((definition) => definition.conversion !== undefined);

describe('versions that are stored as another', () => {
  test.each(served)('$kind of $group/$version comes back as it was', (definition) => {
    const { conversion } = definition;
    if (conversion === undefined) throw new Error('unreachable');
    fc.assert(
      fc.property(arbitraryObject(definition.schema), (object) => {
        const given = { ...object, apiVersion: 'x', kind: definition.kind, metadata: {} } as unknown as KubeObject;
        // What one round makes of an object, such as a status that is always there, stays in the next.
        const once = conversion.fromStorage(conversion.toStorage(given));
        expect(conversion.fromStorage(conversion.toStorage(once))).toEqual(once);
      }),
      { numRuns: 50 },
    );
  });

  test('only one definition of a resource is the one its objects are stored by', () => {
    const names = allResources()
      .filter((definition) => definition.conversion === undefined)
      .map((definition) => `${definition.group}/${definition.resource}`);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe('an autoscaler of v1', () => {
  const v1 = definitionOf('autoscaling', 'v1', 'horizontalpodautoscalers').conversion;
  const v2 = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', annotations: { mine: 'kept' } },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd' },
      minReplicas: 1,
      maxReplicas: 3,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        { type: 'Resource', resource: { name: 'memory', target: { type: 'AverageValue', averageValue: '1Gi' } } },
        {
          type: 'Object',
          object: {
            describedObject: { kind: 'Service', name: 's' },
            metric: { name: 'hits', selector: { matchLabels: { a: 'b' } } },
            target: { type: 'Value', value: '10' },
          },
        },
      ],
      behavior: { scaleDown: { selectPolicy: 'Disabled' } },
    },
    status: { currentReplicas: 2, desiredReplicas: 2, currentMetrics: null },
  } as unknown as KubeObject;

  test('shows the metric it has a field for, and keeps the others where clients of v1 find them', () => {
    const shown = v1?.fromStorage(v2);
    expect(shown).toMatchObject({
      apiVersion: 'autoscaling/v1',
      spec: { maxReplicas: 3, minReplicas: 1, targetCPUUtilizationPercentage: 80 },
    });
    const kept = shown?.metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'] ?? '';
    expect(JSON.parse(kept)).toEqual([
      { type: 'Resource', resource: { name: 'memory', targetAverageValue: '1Gi' } },
      {
        type: 'Object',
        object: {
          target: { kind: 'Service', name: 's' },
          metricName: 'hits',
          selector: { matchLabels: { a: 'b' } },
          targetValue: '10',
        },
      },
    ]);
  });

  test('written back loses nothing', () => {
    const back = v1?.toStorage(v1.fromStorage(v2));
    expect(back?.['spec']).toEqual(v2['spec']);
    expect(back?.metadata.annotations).toEqual({ mine: 'kept' });
  });

  test('leaves an annotation that holds no metrics as it is', () => {
    const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': 'not json' };
    const object = { ...v2, metadata: { name: 'h', annotations }, spec: {} } as unknown as KubeObject;
    expect(v1?.toStorage(object).metadata.annotations).toEqual(annotations);
  });
});

test('an event of events.k8s.io is the same as in the core group, under other names', () => {
  const conversion = definitionOf('events.k8s.io', 'v1', 'events').conversion;
  const core = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p' },
    message: 'hello',
    reportingComponent: 'me',
    source: {},
    count: 3,
    firstTimestamp: null,
    type: 'Normal',
  } as unknown as KubeObject;
  const shown = conversion?.fromStorage(core);
  expect(shown).toEqual({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: 'e' },
    regarding: { kind: 'Pod', name: 'p' },
    note: 'hello',
    reportingController: 'me',
    deprecatedSource: {},
    deprecatedCount: 3,
    deprecatedFirstTimestamp: null,
    type: 'Normal',
  });
  expect(shown === undefined ? undefined : conversion?.toStorage(shown)).toEqual(core);
});

test('a device request of v1beta1 is flat, of v1 it says exactly what is asked for', () => {
  const conversion = definitionOf('resource.k8s.io', 'v1beta1', 'resourceclaims').conversion;
  const flat = {
    metadata: {},
    spec: { devices: { requests: [{ name: 'r', deviceClassName: 'gpu', count: 2 }] } },
  } as unknown as KubeObject;
  const stored = conversion?.toStorage(flat);
  expect(stored?.['spec']).toEqual({
    devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu', count: 2 } }] },
  });
});
