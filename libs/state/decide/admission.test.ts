import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import { accepted, pod, refused, testMachine } from '../testing/machine.ts';

const runtimeClass = (more: JsonObject): JsonObject => ({
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'sandbox' },
  handler: 'sandbox',
  ...more,
});
const claim: JsonObject = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
};
const ingress: JsonObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'i' },
  spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
};

test('what storage is made of is protected while it is used, once', async () => {
  await using cluster = await testMachine();
  const finalizers = ['a/b', 'kubernetes.io/pvc-protection'];
  accepted(await cluster.create('persistentvolumeclaims', claim));
  accepted(await cluster.create('persistentvolumeclaims', { ...claim, metadata: { name: 'd', finalizers } }));
  expect(cluster.get('persistentvolumeclaims', 'c')?.metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
  expect(cluster.get('persistentvolumeclaims', 'd')?.metadata.finalizers).toEqual(finalizers);
  const volume = {
    metadata: { name: 'v' },
    spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/srv' } },
  };
  accepted(await cluster.create('persistentvolumes', volume));
  expect(cluster.get('persistentvolumes', 'v')?.metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
  accepted(
    await cluster.create('volumeattributesclasses', {
      metadata: { name: 'a' },
      driverName: 'd',
      parameters: { k: 'v' },
    }),
  );
  expect(cluster.get('volumeattributesclasses', 'a')?.metadata.finalizers).toEqual(['kubernetes.io/vac-protection']);
});

test('one priority class is the default, and no second one', async () => {
  await using cluster = await testMachine();
  const made = (name: string, globalDefault: boolean): JsonObject => ({ metadata: { name }, value: 10, globalDefault });
  accepted(await cluster.create('priorityclasses', made('one', true)));
  accepted(await cluster.create('priorityclasses', made('two', false)));
  const why = 'PriorityClass one is already marked as default. Only one default can exist';
  expect(refused(await cluster.create('priorityclasses', made('three', true)))).toMatchObject({
    reason: 'Forbidden',
    message: `priorityclasses.scheduling.k8s.io "three" is forbidden: ${why}`,
  });
  const [one, two] = [cluster.get('priorityclasses', 'one'), cluster.get('priorityclasses', 'two')];
  expect(refused(await cluster.update('priorityclasses', { ...two, globalDefault: true })).message).toBe(
    `priorityclasses.scheduling.k8s.io "two" is forbidden: ${why}`,
  );
  accepted(await cluster.update('priorityclasses', { ...one, description: 'the usual' }));
});

describe('devices', () => {
  const admin = { name: 'gpu', exactly: { deviceClassName: 'gpu', adminAccess: true } };
  const claim = (name: string): JsonObject => ({ metadata: { name }, spec: { devices: { requests: [admin] } } });

  test('are for admins where the namespace says so', async () => {
    await using cluster = await testMachine();
    const why =
      'admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace';
    expect(refused(await cluster.create('resourceclaims', claim('a'))).message).toBe(
      `ResourceClaim.resource.k8s.io "a" is invalid: spec.devices.requests[0].adminAccess: Forbidden: ${why}`,
    );
    const labels = { 'resource.kubernetes.io/admin-access': 'true' };
    accepted(await cluster.update('namespaces', { metadata: { name: 'default', labels } }));
    accepted(await cluster.create('resourceclaims', claim('a')));
  });

  test('have taints with a date', async () => {
    await using cluster = await testMachine();
    const taints = [{ key: 'broken', effect: 'NoSchedule' }];
    const pool = { name: 'p', generation: 1, resourceSliceCount: 1 };
    const spec = { driver: 'd', pool, allNodes: true, devices: [{ name: 'one', taints }] };
    accepted(await cluster.create('resourceslices', { metadata: { name: 's' }, spec }));
    expect(cluster.get('resourceslices', 's')).toMatchObject({
      spec: { devices: [{ taints: [{ timeAdded: expect.stringMatching(/Z$/) as string }] }] },
    });
  });
});

describe('runtime classes', () => {
  test('a pod gets the overhead, node selector and tolerations of its class', async () => {
    await using cluster = await testMachine();
    const toleration = { key: 'sandbox', operator: 'Exists', effect: 'NoSchedule' };
    const scheduling = { nodeSelector: { sandbox: 'yes' }, tolerations: [toleration] };
    const overhead = { podFixed: { cpu: '250m' } };
    accepted(await cluster.create('runtimeclasses', runtimeClass({ overhead, scheduling })));
    const made = accepted(
      await cluster.create('pods', pod('p', { runtimeClassName: 'sandbox', nodeSelector: { zone: 'a' } })),
    );
    expect(made.object.object()).toMatchObject({
      spec: {
        overhead: { cpu: '250m' },
        nodeSelector: { zone: 'a', sandbox: 'yes' },
        tolerations: [toleration, {}, {}],
      },
    });
    const torn = pod('torn', { runtimeClassName: 'sandbox', nodeSelector: { sandbox: 'no' } });
    expect(refused(await cluster.create('pods', torn)).message).toBe(
      'pods "torn" is forbidden: conflict: runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no',
    );
  });
  test('a missing class, and an overhead of the own making, are refused', async () => {
    await using cluster = await testMachine();
    expect(refused(await cluster.create('pods', pod('p', { runtimeClassName: 'none' })))).toMatchObject({
      code: 403,
      message: 'pods "p" is forbidden: pod rejected: RuntimeClass "none" not found',
    });
    expect(refused(await cluster.create('pods', pod('p', { overhead: { cpu: '1' } }))).message).toBe(
      'pods "p" is forbidden: pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead',
    );
    accepted(await cluster.create('runtimeclasses', runtimeClass({ overhead: { podFixed: { cpu: '2' } } })));
    const other = pod('p', { runtimeClassName: 'sandbox', overhead: { cpu: '1' } });
    expect(refused(await cluster.create('pods', other)).message).toContain("doesn't match RuntimeClass's defined");
  });
});

describe('default classes', () => {
  test('a claim that names no class gets the newest default; one that says none keeps none', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('persistentvolumeclaims', { ...claim, metadata: { name: 'before' } }));
    expect(cluster.get('persistentvolumeclaims', 'before')).not.toHaveProperty('spec.storageClassName');
    for (const name of ['old', 'new']) {
      const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
      const metadata = { name, annotations };
      accepted(await cluster.create('storageclasses', { metadata, provisioner: 'example.com/x' }));
    }
    accepted(await cluster.create('persistentvolumeclaims', claim));
    expect(cluster.get('persistentvolumeclaims', 'c')).toMatchObject({ spec: { storageClassName: 'new' } });
    const none = {
      ...claim,
      metadata: { name: 'none' },
      spec: { ...(claim['spec'] as JsonObject), storageClassName: '' },
    };
    accepted(await cluster.create('persistentvolumeclaims', none));
    expect(cluster.get('persistentvolumeclaims', 'none')).toMatchObject({ spec: { storageClassName: '' } });
  });
  test('an Ingress gets the only default class; of two none is chosen and it is refused', async () => {
    await using cluster = await testMachine();
    const annotations = { 'ingressclass.kubernetes.io/is-default-class': 'true' };
    const ingressClass = (name: string): JsonObject => ({
      metadata: { name, annotations },
      spec: { controller: 'example.com/x' },
    });
    accepted(await cluster.create('ingressclasses', ingressClass('one')));
    accepted(await cluster.create('ingresses', ingress));
    expect(cluster.get('ingresses', 'i')).toMatchObject({ spec: { ingressClassName: 'one' } });
    accepted(await cluster.create('ingressclasses', ingressClass('two')));
    expect(refused(await cluster.create('ingresses', { ...ingress, metadata: { name: 'j' } })).message).toBe(
      'ingresses.networking.k8s.io "j" is forbidden: 2 default IngressClasses were found, only 1 allowed',
    );
  });
});
