import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, pod, refused, testMachine, type TestMachine } from '../../testing/machine.ts';

async function withLimits(...limits: readonly JsonObject[]): Promise<TestMachine> {
  const cluster = await testMachine();
  const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits } };
  accepted(await cluster.create('limitranges', range));
  return cluster;
}

const container = (requests: JsonObject, limits: JsonObject = {}, name = 'c'): JsonObject => ({
  name,
  image: 'app:v1',
  resources: { requests, limits },
});
const podOf = (...containers: readonly JsonObject[]): JsonObject => pod('p', { containers });

async function fault(limit: JsonObject, object: JsonObject): Promise<string> {
  await using cluster = await withLimits(limit);
  return refused(await cluster.create('pods', object)).message;
}

test('a container gets the defaults it leaves open, and the pod says which', async () => {
  await using cluster = await withLimits({
    type: 'Container',
    default: { cpu: '200m', memory: '1Gi' },
    defaultRequest: { cpu: '100m' },
  });
  const object = pod('p', { containers: [container({ memory: '512Mi' })], initContainers: [container({}, {}, 'i')] });
  const made = accepted(await cluster.create('pods', object)).object.object();
  expect(made).toMatchObject({
    metadata: {
      annotations: {
        'kubernetes.io/limit-ranger':
          'LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c; ' +
          'cpu, memory request for init container i; cpu, memory limit for init container i',
      },
    },
    spec: {
      containers: [
        { resources: { requests: { cpu: '100m', memory: '512Mi' }, limits: { cpu: '200m', memory: '1Gi' } } },
      ],
      initContainers: [{ resources: { requests: { cpu: '100m', memory: '1Gi' } } }],
    },
    status: { qosClass: 'Burstable' },
  });
});

test('an amount outside the bounds of a container is refused as Kubernetes words it', async () => {
  const maximum = { type: 'Container', max: { cpu: '1' } };
  expect(await fault(maximum, podOf(container({}, { cpu: '2' })))).toBe(
    'pods "p" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
  );
  const minimum = { type: 'Container', min: { memory: '64Mi' } };
  expect(await fault(minimum, podOf(container({ memory: '32Mi' })))).toBe(
    'pods "p" is forbidden: minimum memory usage per Container is 64Mi, but request is 32Mi',
  );
  const ratio = { type: 'Container', maxLimitRequestRatio: { cpu: '2' } };
  expect(await fault(ratio, podOf(container({ cpu: '100m' }, { cpu: '250m' })))).toBe(
    'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but provided ratio is 2.500000',
  );
  expect(await fault(ratio, podOf(container({})))).toBe(
    'pods "p" is forbidden: cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  );
});

test('a pod is held against bounds as the sum of its containers, all faults together', async () => {
  const limit = { type: 'Pod', max: { cpu: '1', memory: '1Gi' } };
  expect(await fault(limit, podOf(container({}, { cpu: '600m' }), container({}, { cpu: '600m' }, 'd')))).toBe(
    'pods "p" is forbidden: [maximum cpu usage per Pod is 1, but limit is 1200m, maximum memory usage per Pod is 1Gi.  No limit is specified]',
  );
});

test('a claim is held against both ends when it is made and when it grows', async () => {
  await using cluster = await withLimits({
    type: 'PersistentVolumeClaim',
    min: { storage: '2Gi' },
    max: { storage: '4Gi' },
  });
  const claim = (name: string, storage: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  });
  expect(refused(await cluster.create('persistentvolumeclaims', claim('a', '1Gi'))).message).toBe(
    'persistentvolumeclaims "a" is forbidden: minimum storage usage per PersistentVolumeClaim is 2Gi, but request is 1Gi',
  );
  expect(refused(await cluster.create('persistentvolumeclaims', claim('a', '5Gi'))).message).toBe(
    'persistentvolumeclaims "a" is forbidden: maximum storage usage per PersistentVolumeClaim is 4Gi, but request is 5Gi',
  );
  accepted(await cluster.create('persistentvolumeclaims', claim('a', '3Gi')));
  accepted(
    await cluster.patch('persistentvolumeclaims', 'a', { status: { phase: 'Bound' } }, { subresource: 'status' }),
  );
  const grown = { spec: { resources: { requests: { storage: '8Gi' } } } };
  expect(refused(await cluster.patch('persistentvolumeclaims', 'a', grown)).code).toBe(403);
});

test('a pod that is there already is not judged by a later range', async () => {
  await using cluster = await testMachine();
  accepted(await cluster.create('pods', podOf(container({}, { cpu: '2' }))));
  const limits = [{ type: 'Container', max: { cpu: '1' } }];
  const range = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'l' }, spec: { limits } };
  accepted(await cluster.create('limitranges', range));
  accepted(await cluster.patch('pods', 'p', { metadata: { labels: { a: 'b' } } }));
});
