import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf, planTranscript } from '@taffrail/controller/testing/transcript';
import type { Pod, ReplicaSet } from '@taffrail/resources/generated/types';
import { PODS } from '../resource-names.ts';
import { pod, replicaSet, withMetadata, type GivenPod } from '../testing/given.ts';
import { replicaSetController } from './plan.ts';
import { podsToDelete } from './ranking.ts';

const key = { namespace: 'ns', name: 'web' };
const labels = { app: 'web' };
const owner = { kind: 'ReplicaSet', name: 'web' };

test('missing pods are created from the template, owned and named by the set', () => {
  expect(planTranscript(replicaSetController, { key, objects: [replicaSet('web', 2)] })).toMatchInlineSnapshot(`
    "create pods ns/web-md5xg
      metadata:
        name: web-md5xg
        generateName: web-
        namespace: ns
        labels:
          app: web
        ownerReferences:
          - apiVersion: apps/v1
            kind: ReplicaSet
            name: web
            uid: uid-replicaset-web
            controller: true
            blockOwnerDeletion: true
      spec:
        containers:
          - name: main
            image: v1
      event Normal SuccessfulCreate on ReplicaSet/web: Created pod: web-md5xg
    create pods ns/web-ss46w
      metadata:
        name: web-ss46w
        generateName: web-
        namespace: ns
        labels:
          app: web
        ownerReferences:
          - apiVersion: apps/v1
            kind: ReplicaSet
            name: web
            uid: uid-replicaset-web
            controller: true
            blockOwnerDeletion: true
      spec:
        containers:
          - name: main
            image: v1
      event Normal SuccessfulCreate on ReplicaSet/web: Created pod: web-ss46w
    update status replicasets.apps ns/web
      status.observedGeneration: (none) → 1
    "
  `);
});

test('a set with what it wants and the right status does nothing', () => {
  const set = replicaSet('web', 1, {
    status: { replicas: 1, fullyLabeledReplicas: 1, readyReplicas: 1, availableReplicas: 1, observedGeneration: 1 },
  });
  const objects = [set, pod({ name: 'a', labels, owner, ready: true })];
  expect(planTranscript(replicaSetController, { key, objects })).toBe('nothing to do\n');
});

test('an orphan that matches is adopted before anything is created; a finished pod counts for nothing', () => {
  const objects = [
    replicaSet('web', 1),
    pod({ name: 'orphan', labels }),
    pod({ name: 'done', labels, owner, phase: 'Succeeded' }),
  ];
  expect(planTranscript(replicaSetController, { key, objects })).toMatchInlineSnapshot(`
    "patch pods ns/orphan
      metadata:
        ownerReferences:
          - apiVersion: apps/v1
            kind: ReplicaSet
            name: web
            uid: uid-replicaset-web
            controller: true
            blockOwnerDeletion: true
    update status replicasets.apps ns/web
      status.fullyLabeledReplicas: (none) → 1
      status.observedGeneration: (none) → 1
      status.replicas: 0 → 1
    "
  `);
});

test('an orphan that names the set as an owner already is adopted by that very reference', () => {
  const reference = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'uid-replicaset-web' };
  const orphan = withMetadata(pod({ name: 'orphan', labels }), { ownerReferences: [reference] });
  const [adoption] = planOf(replicaSetController, { key, objects: [replicaSet('web', 1), orphan] });
  const adopted = { ...reference, controller: true, blockOwnerDeletion: true };
  expect(adoption).toMatchObject({
    type: 'patch',
    name: 'orphan',
    patch: { metadata: { ownerReferences: [adopted] } },
  });
});

test('an own pod whose labels no longer match is released and replaced', () => {
  const objects = [replicaSet('web', 1), pod({ name: 'a', labels: { app: 'debug' }, owner })];
  const commands = planOf(replicaSetController, { key, objects });
  expect(commands.map((command) => command.type)).toEqual(['patch', 'create', 'update']);
  expect(commands[0]).toMatchObject({ name: 'a', patch: { metadata: { ownerReferences: [] } }, resourceVersion: '1' });
});

test('a set that is being deleted neither creates nor adopts', () => {
  const ending = withMetadata(replicaSet('web', 3), { deletionTimestamp: '1970-01-01T00:00:00Z' });
  const commands = planOf(replicaSetController, { key, objects: [ending, pod({ name: 'orphan', labels })] });
  expect(commands.map((command) => command.type)).toEqual(['update']);
});

test('pods of another owner are left alone', () => {
  const objects = [replicaSet('web', 0), pod({ name: 'a', labels, owner: { kind: 'ReplicaSet', name: 'other' } })];
  const commands = planOf(replicaSetController, { key, objects });
  expect(commands.map((command) => command.type)).toEqual(['update']);
});

test('what the API refused is said in an event and in the condition ReplicaFailure, before the next try', () => {
  const lastFailure = { command: 'create', resource: PODS, reason: 'Forbidden', message: 'exceeded quota' } as const;
  const commands = planOf(replicaSetController, { key, objects: [replicaSet('web', 1)], lastFailure });
  expect(commands.map((command) => command.type)).toEqual(['event', 'update', 'create']);
  expect(commands[0]).toMatchObject({
    eventType: 'Warning',
    reason: 'FailedCreate',
    message: 'Error creating: exceeded quota',
  });
  const written = (commands[1] as { readonly object: unknown }).object as ReplicaSet;
  expect(written.status?.conditions).toMatchObject([
    { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' },
  ]);
});

test('after a part of a plan failed the same names come again, but for pods that were made', () => {
  const first = planOf(replicaSetController, { key, objects: [replicaSet('web', 3)], seed: 9 });
  const names = first.flatMap((command) => (command.type === 'create' ? [command.object.metadata.name ?? ''] : []));
  const objects = [replicaSet('web', 3), pod({ name: names[0] ?? '', labels, owner })];
  const second = planOf(replicaSetController, { key, objects, seed: 9 });
  expect(second.flatMap((command) => (command.type === 'create' ? [command.object.metadata.name] : []))).toEqual(
    names.slice(1),
  );
});

test('with minReadySeconds a ready pod is available only after that time, and the set looks again then', () => {
  const set = replicaSet('web', 1);
  const patient = asObject({
    ...set,
    spec: { ...(set as unknown as ReplicaSet).spec, minReadySeconds: 10 },
  } as ReplicaSet);
  const objects = [patient, pod({ name: 'a', labels, owner, ready: true, readySince: '1970-01-01T00:00:00Z' })];
  const early = planOf(replicaSetController, { key, objects, nowMs: 4000 });
  expect(early.at(-1)).toEqual({ type: 'requeue', afterMs: 6000 });
  const late = planTranscript(replicaSetController, { key, objects, nowMs: 10_000 });
  expect(late).toContain('status.availableReplicas: (none) → 1');
  expect(late).not.toContain('requeue');
});

test.each<readonly [why: string, goes: GivenPod, stays: GivenPod]>([
  ['not bound before bound', { name: 'z' }, { name: 'a', node: 'n' }],
  ['pending before running', { name: 'z', node: 'n' }, { name: 'a', node: 'n', phase: 'Running' }],
  ['not ready before ready', { name: 'z', node: 'n', phase: 'Running' }, { name: 'a', node: 'n', ready: true }],
  [
    'low deletion cost first',
    { name: 'z', node: 'n', ready: true, annotations: { 'controller.kubernetes.io/pod-deletion-cost': '-5' } },
    { name: 'a', node: 'n', ready: true },
  ],
  ['doubled up on a node first', { name: 'z', node: 'crowded', ready: true }, { name: 'a', node: 'n', ready: true }],
  [
    'ready for a short time first',
    { name: 'z', node: 'n', ready: true, readySince: '1970-01-01T23:00:00Z' },
    { name: 'a', node: 'n', ready: true, readySince: '1970-01-01T00:00:00Z' },
  ],
  [
    'many restarts first',
    { name: 'z', node: 'n', ready: true, restarts: 7 },
    { name: 'a', node: 'n', ready: true, restarts: 1 },
  ],
  [
    'young first',
    { name: 'z', node: 'n', created: '1970-01-01T23:00:00Z' },
    { name: 'a', node: 'n', created: '1970-01-01T00:00:00Z' },
  ],
])('the pod that goes: %s', (_why, goes, stays) => {
  const pods = [stays, goes].map((given) => pod(given) as unknown as Pod);
  const related = [...pods, pod({ name: 'sibling', node: 'crowded' }) as unknown as Pod];
  const [first] = podsToDelete(pods, related, 1, Date.UTC(1970, 0, 2));
  expect(first?.metadata.name).toBe(goes.name);
});
