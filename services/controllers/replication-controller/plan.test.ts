import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf, planTranscript } from '@taffrail/controller/testing/transcript';
import type { KubeObject } from '@taffrail/resources/object';
import { pod, template } from '../testing/given.ts';
import { replicationController } from './plan.ts';

const key = { namespace: 'ns', name: 'web' };
const labels = { app: 'web' };

function controllerOf(replicas: number): KubeObject {
  return asObject({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'web', namespace: 'ns', generation: 1, uid: 'uid-replicationcontroller-web' },
    spec: { replicas, selector: labels, template: template('web', 'v1') },
    status: { replicas: 0 },
  } as Parameters<typeof asObject>[0]);
}

test('missing pods are created, owned by the controller, and its selector stays as it was written', () => {
  const commands = planOf(replicationController, { key, objects: [controllerOf(1)] });
  expect(commands).toMatchObject([
    {
      type: 'create',
      object: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'web' }] } },
      event: { reason: 'SuccessfulCreate' },
    },
    { type: 'update', subresource: 'status', object: { spec: { selector: labels }, status: { replicas: 0 } } },
  ]);
});

test('a pod that matches is adopted; one that no longer does is released and replaced', () => {
  expect(
    planTranscript(replicationController, { key, objects: [controllerOf(1), pod({ name: 'a', labels })] }),
  ).toContain('patch pods ns/a');
  const released = pod({ name: 'a', labels: { app: 'x' }, owner: { kind: 'ReplicationController', name: 'web' } });
  const commands = planOf(replicationController, { key, objects: [controllerOf(1), released] });
  expect(commands.map(({ type }) => type)).toEqual(['patch', 'create', 'update']);
});

test("a replica set's pods are no concern of a controller with the same name and labels", () => {
  const other = pod({ name: 'a', labels, owner: { kind: 'ReplicaSet', name: 'web' } });
  const commands = planOf(replicationController, { key, objects: [controllerOf(0), other] });
  expect(commands.map(({ type }) => type)).toEqual(['update']);
});
