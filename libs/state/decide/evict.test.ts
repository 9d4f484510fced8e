import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import type { Outcome } from '../outcome.ts';
import { accepted, pod, refused, testMachine, type TestMachine } from '../testing/machine.ts';

const LABELS = { app: 'x' };

async function withPods(...names: readonly string[]): Promise<TestMachine> {
  const cluster = await testMachine();
  for (const name of names) {
    accepted(await cluster.create('pods', pod(name, {}, { labels: LABELS })));
    await running(cluster, name);
  }
  return cluster;
}

async function running(cluster: TestMachine, name: string, ready = 'True'): Promise<void> {
  const binding = { metadata: { name }, target: { kind: 'Node', name: 'n' } };
  if (cluster.get('pods', name)?.['spec'] !== undefined) {
    await cluster.create('pods', binding, { name, subresource: 'binding' });
  }
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] };
  accepted(await cluster.patch('pods', name, { status }, { subresource: 'status' }));
}

async function budget(cluster: TestMachine, status: JsonObject, name = 'b', spec: JsonObject = {}): Promise<void> {
  const object = { metadata: { name }, spec: { minAvailable: 1, selector: { matchLabels: LABELS }, ...spec } };
  accepted(await cluster.create('poddisruptionbudgets', object));
  const full = { observedGeneration: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, ...status };
  accepted(await cluster.patch('poddisruptionbudgets', name, { status: full }, { subresource: 'status' }));
}

const evict = async (cluster: TestMachine, name: string, options: JsonObject = {}, dryRun = false): Promise<Outcome> =>
  await cluster.create(
    'pods',
    { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name }, deleteOptions: options },
    { name, subresource: 'eviction', dryRun },
  );

test('a pod without a budget is deleted as by a deletion, and one that is not there is not found', async () => {
  await using cluster = await withPods('a');
  accepted(await evict(cluster, 'a', { gracePeriodSeconds: 0 }));
  expect(cluster.get('pods', 'a')).toBeUndefined();
  expect(refused(await evict(cluster, 'a'))).toMatchObject({ code: 404 });
});

test('the budget is spent in the same commit as the pod is marked, and remembers for whom', async () => {
  await using cluster = await withPods('a', 'b');
  await budget(cluster, { disruptionsAllowed: 1 });
  accepted(await evict(cluster, 'a'));
  const kept = cluster.get('poddisruptionbudgets', 'b');
  expect(kept).toMatchObject({
    status: {
      disruptionsAllowed: 0,
      disruptedPods: { a: '2026-01-01T00:00:00Z' },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods', observedGeneration: 1 }],
    },
  });
  const [marked, spent] = [cluster.get('pods', 'a'), kept].map((one) => Number(one?.metadata.resourceVersion));
  expect(spent).toBe(Number(marked) + 1);
});

test('an evicted pod says that it was', async () => {
  await using cluster = await withPods('a');
  accepted(await evict(cluster, 'a'));
  expect(cluster.get('pods', 'a')).toMatchObject({
    metadata: { deletionTimestamp: expect.any(String) as string },
    status: {
      conditions: [
        { type: 'Ready' },
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
          message: 'Eviction API: evicting',
        },
      ],
    },
  });
});

test('of many evictions in one commit no more go through than the budget allows', async () => {
  await using cluster = await withPods('a', 'b', 'c', 'd');
  await budget(cluster, { disruptionsAllowed: 2, currentHealthy: 4, desiredHealthy: 2 });
  const outcomes = await Promise.all(['a', 'b', 'c', 'd'].map(async (name) => await evict(cluster, name)));
  expect(outcomes.map((outcome) => outcome.rejected ?? false)).toEqual([false, false, true, true]);
});

test('an exhausted budget refuses with 429 and says why', async () => {
  await using cluster = await withPods('a');
  await budget(cluster, { disruptionsAllowed: 0, currentHealthy: 1 });
  expect(refused(await evict(cluster, 'a'))).toEqual({
    rejected: true,
    reason: 'TooManyRequests',
    code: 429,
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: {
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget b needs 1 healthy pods and has 1 currently',
          field: '',
        },
      ],
    },
  });
  expect(cluster.get('pods', 'a')?.metadata.deletionTimestamp).toBeUndefined();
});

test('a budget that was changed and not looked at since asks to come back in ten seconds', async () => {
  await using cluster = await withPods('a');
  await budget(cluster, { disruptionsAllowed: 1, observedGeneration: 0 });
  expect(refused(await evict(cluster, 'a'))).toMatchObject({
    code: 429,
    details: {
      retryAfterSeconds: 10,
      causes: [{ message: 'The disruption budget b is still being processed by the server.' }],
    },
  });
});

test('two budgets for one pod are more than an eviction can respect', async () => {
  await using cluster = await withPods('a');
  await budget(cluster, { disruptionsAllowed: 1 });
  await budget(cluster, { disruptionsAllowed: 1 }, 'c');
  expect(refused(await evict(cluster, 'a'))).toMatchObject({
    code: 500,
    reason: '',
    message: 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  });
});

test('a pod that does no work may go while enough others do, or whenever the budget says so', async () => {
  await using cluster = await withPods('a', 'b');
  await running(cluster, 'a', 'False');
  await running(cluster, 'b', 'False');
  await budget(cluster, { disruptionsAllowed: 0, currentHealthy: 0 });
  expect(refused(await evict(cluster, 'a')).code).toBe(429);
  accepted(
    await cluster.patch('poddisruptionbudgets', 'b', { status: { currentHealthy: 1 } }, { subresource: 'status' }),
  );
  accepted(await evict(cluster, 'a'));
  const always = { spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } };
  accepted(await cluster.patch('poddisruptionbudgets', 'b', always));
  accepted(await evict(cluster, 'b'));
});

test('pending, finished and ending pods need no budget', async () => {
  await using cluster = await withPods('a', 'done');
  await budget(cluster, { disruptionsAllowed: 0 });
  accepted(await cluster.create('pods', pod('new', {}, { labels: LABELS })));
  accepted(await evict(cluster, 'new'));
  accepted(await cluster.patch('pods', 'done', { status: { phase: 'Failed' } }, { subresource: 'status' }));
  accepted(await evict(cluster, 'done'));
  accepted(await cluster.delete('pods', 'a'));
  accepted(await evict(cluster, 'a'));
});

test('a dry run and a failed precondition spend nothing', async () => {
  await using cluster = await withPods('a');
  await budget(cluster, { disruptionsAllowed: 1 });
  accepted(await evict(cluster, 'a', {}, true));
  expect(refused(await evict(cluster, 'a', { preconditions: { uid: 'another' } })).code).toBe(409);
  expect(cluster.get('poddisruptionbudgets', 'b')).toMatchObject({ status: { disruptionsAllowed: 1 } });
});

test('an Eviction of another pod than the one on the URL is refused', async () => {
  await using cluster = await withPods('a');
  const other = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'b' } };
  expect(refused(await cluster.create('pods', other, { name: 'a', subresource: 'eviction' }))).toMatchObject({
    code: 400,
    message: 'name in URL does not match name in Eviction object',
  });
});
