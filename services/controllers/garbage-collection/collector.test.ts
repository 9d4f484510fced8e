import { expect, test } from 'vitest';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { OwnerReference } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { CONFIG_MAPS, DEPLOYMENTS, PODS, REPLICA_SETS } from '../resource-names.ts';
import { deployment } from '../testing/given.ts';
import { runningCluster } from '../testing/running-cluster.ts';
import { garbageCollector } from './plan.ts';

function configMap(name: string, owners: readonly Partial<OwnerReference>[] = [], more = {}): KubeObject {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: 'owner',
    uid: 'uid-configmap-owner',
    ...owner,
  }));
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'ns', resourceVersion: '5', ownerReferences, ...more },
  };
}

const key = { resource: 'configmaps', namespace: 'ns', name: 'a' };
const deletedAt = '1970-01-01T00:00:00Z';

function commandsFor(...objects: readonly KubeObject[]): readonly unknown[] {
  return planOf(garbageCollector, { key, objects, nowMs: 1_000_000 });
}

test('an object whose owner is gone is deleted, fenced by uid and version', () => {
  expect(commandsFor(configMap('a', [{}]))).toEqual([
    {
      type: 'delete',
      resource: CONFIG_MAPS,
      namespace: 'ns',
      name: 'a',
      uid: 'uid-configmap-a',
      options: { propagationPolicy: 'Background' },
      resourceVersion: '5',
    },
  ]);
});

test('a namesake of the owner with another uid is not the owner', () => {
  expect(commandsFor(configMap('a', [{ uid: 'earlier' }]), configMap('owner'))).toMatchObject([{ type: 'delete' }]);
});

test('while one owner stays, references to gone ones are taken off and the object lives', () => {
  const commands = commandsFor(configMap('a', [{}, { name: 'gone', uid: 'gone' }]), configMap('owner'));
  expect(commands).toMatchObject([
    { type: 'patch', patch: { metadata: { ownerReferences: [{ uid: 'uid-configmap-owner' }] } }, resourceVersion: '5' },
  ]);
});

test('an owner of a kind nobody here knows counts as being there', () => {
  expect(commandsFor(configMap('a', [{ apiVersion: 'example.com/v1', kind: 'Widget', uid: 'w' }]))).toEqual([]);
});

test('an owner newer than the view is waited for, not taken for gone', () => {
  const fromTheFuture = configMap('a', [{}], { resourceVersion: '99999999' });
  expect(commandsFor(fromTheFuture)).toEqual([{ type: 'requeue', afterMs: 1000 }]);
});

test('an owner in foreground deletion takes its dependents with it and waits for those that block', () => {
  const owner = configMap('owner', [], { deletionTimestamp: deletedAt, finalizers: ['foregroundDeletion'] });
  expect(commandsFor(configMap('a', [{ blockOwnerDeletion: true }]), owner)).toMatchObject([
    { type: 'delete', name: 'a' },
  ]);
  const ownerKey = { ...key, name: 'owner' };
  const blocked = [owner, configMap('a', [{ blockOwnerDeletion: true }])];
  expect(planOf(garbageCollector, { key: ownerKey, objects: blocked })).toEqual([]);
  const free = [owner, configMap('a', [{ blockOwnerDeletion: false }])];
  expect(planOf(garbageCollector, { key: ownerKey, objects: free })).toMatchObject([
    { type: 'patch', name: 'owner', patch: { metadata: { finalizers: [] } } },
  ]);
});

test('orphaning takes the reference off every dependent first, then the finalizer off the owner', () => {
  const ending = configMap('a', [], { deletionTimestamp: deletedAt, finalizers: ['orphan', 'mine'] });
  const child = configMap('child', [{ name: 'a', uid: 'uid-configmap-a' }]);
  expect(commandsFor(ending, child)).toMatchObject([
    { type: 'patch', name: 'child', patch: { metadata: { ownerReferences: [] } } },
  ]);
  expect(commandsFor(ending)).toMatchObject([
    { type: 'patch', name: 'a', patch: { metadata: { finalizers: ['mine'] } } },
  ]);
});

test('objects that own each other in a circle do not wait for each other', () => {
  const owner = configMap('owner', [{ name: 'a', uid: 'uid-configmap-a', blockOwnerDeletion: true }], {
    deletionTimestamp: deletedAt,
    finalizers: ['foregroundDeletion'],
  });
  expect(commandsFor(configMap('a', [{ blockOwnerDeletion: true }]), owner)).toMatchObject([
    { type: 'patch', name: 'a', patch: { metadata: { ownerReferences: [{ blockOwnerDeletion: false }] } } },
  ]);
  expect(commandsFor(configMap('a', [{ blockOwnerDeletion: false }]), owner)).toMatchObject([
    { type: 'delete', name: 'a', options: { propagationPolicy: 'Foreground' } },
  ]);
});

test('an object in a namespace goes with its owner of the cluster', () => {
  const owner = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'gold', uid: 'uid-storageclass-gold' };
  const gold = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'gold' } } as KubeObject;
  expect(commandsFor(configMap('a', [owner]), gold)).toEqual([]);
  expect(commandsFor(configMap('a', [owner]))).toMatchObject([{ type: 'delete', name: 'a' }]);
});

test('an object of the cluster that names an owner in a namespace stays, and an event says why', () => {
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'gone' }];
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'r', ownerReferences },
  } as KubeObject;
  const roles = { resource: 'clusterroles.rbac.authorization.k8s.io', namespace: '', name: 'r' };
  expect(planOf(garbageCollector, { key: roles, objects: [role], nowMs: 1_000_000 })).toMatchObject([
    { type: 'event', eventType: 'Warning', reason: 'OwnerRefInvalidNamespace' },
  ]);
});

test('foreground deletion of a deployment: pods go first, then the sets, then the deployment', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 2));
  await cluster.run(10);
  await cluster.api.delete(DEPLOYMENTS, 'ns', 'web', { propagationPolicy: 'Foreground' });
  const left: string[] = [];
  await cluster.run(10, () => {
    const counts = [DEPLOYMENTS, REPLICA_SETS, PODS].map((resource) => cluster.api.all(resource).length);
    left.push(counts.join(' '));
  });
  expect(left[0]).toBe('1 1 2');
  expect(left.at(-1)).toBe('0 0 0');
  expect(left).not.toContain('0 1 2');
  expect(left).not.toContain('0 0 2');
});

test('an owner that waits goes once its dependents are given to others, whatever its kind', async () => {
  await using cluster = await runningCluster();
  const owner = cluster.api.put(configMap('owner'));
  const other = cluster.api.put(configMap('other'));
  const reference = ({ metadata }: KubeObject): Partial<OwnerReference> => ({
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    blockOwnerDeletion: true,
  });
  cluster.api.put(configMap('child', [reference(owner), reference(other)]));
  await cluster.run(3);
  await cluster.api.delete(CONFIG_MAPS, 'ns', 'owner', { propagationPolicy: 'Foreground' });
  await cluster.run(3);
  await cluster.api.delete(CONFIG_MAPS, 'ns', 'other', { propagationPolicy: 'Orphan' });
  await cluster.run(3);
  const left = cluster.api.all(CONFIG_MAPS).filter(({ metadata }) => metadata.name?.endsWith('ca.crt') !== true);
  expect(left.map(({ metadata }) => [metadata.name, metadata.ownerReferences])).toEqual([['child', []]]);
});

test('orphaning deletion of a deployment leaves its sets and pods running without an owner', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 2));
  await cluster.run(10);
  await cluster.api.delete(DEPLOYMENTS, 'ns', 'web', { propagationPolicy: 'Orphan' });
  await cluster.run(10);
  expect(cluster.api.all(DEPLOYMENTS)).toEqual([]);
  const [set] = cluster.api.all(REPLICA_SETS);
  expect(set?.metadata.ownerReferences).toEqual([]);
  expect(cluster.pods()).toHaveLength(2);
});
