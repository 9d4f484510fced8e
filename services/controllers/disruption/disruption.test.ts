import { expect, test } from 'vitest';
import { asObject } from '@taffrail/controller/as-object';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { PodDisruptionBudget, PodDisruptionBudgetSpec } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { deployment, pod, replicaSet, withMetadata, type GivenPod } from '../testing/given.ts';
import { disruptionController } from './plan.ts';

const LABELS = { app: 'web' };
const NOW = 1_000_000;

function budget(spec: PodDisruptionBudgetSpec, status: PodDisruptionBudget['status'] = {}): KubeObject {
  return asObject({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'ns', generation: 3 },
    spec: { selector: { matchLabels: LABELS }, ...spec },
    status,
  } as PodDisruptionBudget);
}

const ready = (name: string, more: Partial<GivenPod> = {}): KubeObject =>
  pod({ name, labels: LABELS, ready: true, owner: { kind: 'ReplicaSet', name: 'web-1' }, ...more });

/** A set of `replicas` that belongs to a Deployment of the same size. */
function workload(replicas: number): readonly KubeObject[] {
  const reference = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'web',
    uid: 'uid-deployment-web',
    controller: true,
  };
  return [deployment('web', replicas), withMetadata(replicaSet('web-1', replicas), { ownerReferences: [reference] })];
}

const commands = (...objects: readonly KubeObject[]): readonly unknown[] =>
  planOf(disruptionController, { key: { namespace: 'ns', name: 'b' }, objects, nowMs: NOW });

const updated = (...objects: readonly KubeObject[]): unknown =>
  (commands(...objects) as readonly { type: string; object?: KubeObject }[]).find(({ type }) => type === 'update')
    ?.object?.['status'];

test('with a number to keep, what is healthy beyond it may go', () => {
  const pods = [ready('a'), ready('b'), ready('c', { ready: false })];
  expect(updated(budget({ minAvailable: 1 }), ...pods)).toEqual({
    observedGeneration: 3,
    disruptionsAllowed: 1,
    currentHealthy: 2,
    desiredHealthy: 1,
    expectedPods: 3,
    conditions: [
      {
        type: 'DisruptionAllowed',
        status: 'True',
        observedGeneration: 3,
        lastTransitionTime: '1970-01-01T00:16:40Z',
        reason: 'SufficientPods',
        message: '',
      },
    ],
  });
});

test('parts and numbers that may be missing count by what the workload wants, a Deployment once', () => {
  const pods = [ready('a'), ready('b'), ready('c')];
  expect(updated(budget({ maxUnavailable: 1 }), ...workload(4), ...pods)).toMatchObject({
    expectedPods: 4,
    desiredHealthy: 3,
    disruptionsAllowed: 0,
  });
  expect(updated(budget({ minAvailable: '50%' }), ...workload(5), ...pods)).toMatchObject({
    expectedPods: 5,
    desiredHealthy: 3,
    disruptionsAllowed: 0,
    conditions: [{ status: 'False', reason: 'InsufficientPods' }],
  });
  expect(updated(budget({ maxUnavailable: '50%' }), ...workload(3), ...pods)).toMatchObject({
    desiredHealthy: 1,
    disruptionsAllowed: 2,
  });
});

test('pods of a workload nobody knows allow nothing, and the condition and an event say why', () => {
  const answer = commands(budget({ maxUnavailable: 1 }), ready('a'));
  const failure = 'found no controllers for pod "a"';
  expect(answer).toMatchObject([
    { type: 'event', eventType: 'Warning', reason: 'CalculateExpectedPodCountFailed' },
    {
      type: 'update',
      object: {
        status: { disruptionsAllowed: 0, conditions: [{ status: 'False', reason: 'SyncFailed', message: failure }] },
      },
    },
  ]);
});

test('an ending pod, and one whose eviction was let through, are not healthy; the latter for two minutes', () => {
  const disruptedPods = { a: '1970-01-01T00:16:30Z', gone: '1970-01-01T00:16:30Z', late: '1970-01-01T00:00:00Z' };
  const pods = [ready('a'), ready('b', { deleting: true }), ready('late'), ready('c')];
  const answer = commands(budget({ minAvailable: 1 }, { disruptedPods }), ...pods);
  expect(answer).toMatchObject([
    {
      type: 'update',
      object: { status: { currentHealthy: 2, disruptionsAllowed: 1, disruptedPods: { a: '1970-01-01T00:16:30Z' } } },
    },
    { type: 'requeue', afterMs: 110_000 },
  ]);
});

test('a status that says it all is left alone', () => {
  const given = budget({ minAvailable: 1 });
  const status = updated(given, ready('a')) as PodDisruptionBudget['status'];
  expect(commands(budget({ minAvailable: 1 }, status), ready('a'))).toEqual([]);
});
