import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { findResource } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { accepted, refused, TEST_REQUEST, testMachine, type TestMachine } from './testing/machine.ts';

type Version = 'v1' | 'v2';

function versionOf(version: Version) {
  const found = findResource('autoscaling', version, 'horizontalpodautoscalers');
  if (found === undefined) throw new Error('no autoscalers');
  return found;
}

const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };

function autoscaler(version: Version, spec: JsonObject): KubeObject {
  return {
    apiVersion: `autoscaling/${version}`,
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h', namespace: 'default' },
    spec: { maxReplicas: 5, scaleTargetRef: reference, ...spec },
  };
}

const cpu = (utilization: number): JsonObject => ({
  metrics: [
    { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: utilization } } },
  ],
});

function target(version: Version) {
  return { definition: versionOf(version), namespace: 'default', name: 'h', subresource: '' };
}

const as = (fieldManager: string) => ({ ...TEST_REQUEST, actor: { ...TEST_REQUEST.actor, fieldManager } });

async function apply(cluster: TestMachine, manager: string, version: Version, spec: JsonObject, force = false) {
  return await cluster.machine.submit(
    {
      type: 'patch',
      target: target(version),
      patchType: 'apply',
      patch: autoscaler(version, spec),
      fieldValidation: 'Strict',
      force,
    },
    as(manager),
  );
}

async function patch(cluster: TestMachine, manager: string, version: Version, spec: JsonObject) {
  return await cluster.machine.submit(
    {
      type: 'patch',
      target: target(version),
      patchType: 'merge',
      patch: { spec },
      fieldValidation: 'Strict',
      force: false,
    },
    as(manager),
  );
}

function seen(cluster: TestMachine, version: Version): KubeObject {
  const found = cluster.machine.get(versionOf(version), 'default', 'h')?.object();
  if (found === undefined) throw new Error('it is gone');
  return found;
}

/** Who owns which fields of the spec, in which version. */
function owners(cluster: TestMachine): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    (seen(cluster, 'v2').metadata.managedFields ?? []).map(({ manager, operation, apiVersion, fieldsV1 }) => [
      `${manager} ${operation} ${apiVersion}`,
      Object.keys((fieldsV1 as { readonly 'f:spec': object })['f:spec']),
    ]),
  );
}

describe('owners of fields that two versions name differently', () => {
  test('an update is recorded in the version it spoke', async () => {
    await using cluster = await testMachine();
    accepted(
      await cluster.machine.submit(
        { type: 'create', target: target('v1'), object: autoscaler('v1', { targetCPUUtilizationPercentage: 70 }) },
        as('creator'),
      ),
    );
    accepted(await patch(cluster, 'tuner', 'v1', { targetCPUUtilizationPercentage: 55 }));
    expect(owners(cluster)).toEqual({
      'creator Update autoscaling/v1': expect.not.arrayContaining(['f:targetCPUUtilizationPercentage']) as unknown,
      'tuner Update autoscaling/v1': ['f:targetCPUUtilizationPercentage'],
    });
    accepted(await patch(cluster, 'other', 'v2', cpu(40)));
    expect(Object.keys(owners(cluster))).not.toContain('tuner Update autoscaling/v1');
    expect(seen(cluster, 'v1')['spec']).toMatchObject({ targetCPUUtilizationPercentage: 40 });
  });

  test('an apply conflicts with who set the same thing under another name', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'one', 'v1', { targetCPUUtilizationPercentage: 70 }));
    const conflict = refused(await apply(cluster, 'two', 'v2', cpu(60)));
    expect(conflict).toMatchObject({ code: 409, reason: 'Conflict' });
    expect(conflict.message).toContain('conflict with "one": .spec.targetCPUUtilizationPercentage');
    expect(conflict.details?.causes?.map(({ field }) => field)).toEqual(['.spec.targetCPUUtilizationPercentage']);
    accepted(await apply(cluster, 'two', 'v2', cpu(60), true));
    expect(owners(cluster)['one Apply autoscaling/v1']).not.toContain('f:targetCPUUtilizationPercentage');
    expect(owners(cluster)['two Apply autoscaling/v2']).toContain('f:metrics');
  });

  test('what one leaves out stays when another owns it under another name', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'one', 'v1', { targetCPUUtilizationPercentage: 70, minReplicas: 2 }));
    accepted(await apply(cluster, 'two', 'v2', cpu(70)));
    accepted(await apply(cluster, 'one', 'v1', { minReplicas: 2 }));
    expect(seen(cluster, 'v1')['spec']).toMatchObject({ targetCPUUtilizationPercentage: 70, minReplicas: 2 });
    expect(owners(cluster)['one Apply autoscaling/v1']).toEqual(['f:maxReplicas', 'f:minReplicas', 'f:scaleTargetRef']);
  });

  test('an applier that goes over to another version takes away what it set in the old one', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'one', 'v1', { targetCPUUtilizationPercentage: 70 }));
    accepted(await apply(cluster, 'one', 'v2', { minReplicas: 3 }));
    expect(Object.keys(owners(cluster))).toEqual(['one Apply autoscaling/v2']);
    const { spec } = seen(cluster, 'v1') as unknown as { readonly spec: JsonObject };
    expect(spec['minReplicas']).toBe(3);
    // Nobody asks for 70 any longer; what stands there is the default.
    expect(spec['targetCPUUtilizationPercentage']).not.toBe(70);
  });

  test('a configuration applied twice changes nothing, in either version', async () => {
    await using cluster = await testMachine();
    accepted(await apply(cluster, 'one', 'v1', { targetCPUUtilizationPercentage: 70 }));
    accepted(await apply(cluster, 'two', 'v2', { minReplicas: 2 }));
    const before = seen(cluster, 'v2').metadata.resourceVersion;
    accepted(await apply(cluster, 'one', 'v1', { targetCPUUtilizationPercentage: 70 }));
    accepted(await apply(cluster, 'two', 'v2', { minReplicas: 2 }));
    expect(seen(cluster, 'v2').metadata.resourceVersion).toBe(before);
  });
});
