import { expect, test } from 'vitest';
import { planOf } from '@taffrail/controller/testing/transcript';
import type { ConfigMap } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS } from '../resource-names.ts';
import { deployment, namespace, pod, withMetadata } from '../testing/given.ts';
import { runningCluster } from '../testing/running-cluster.ts';
import { namespaceController } from './plan.ts';

const key = { namespace: '', name: 'ns' };
const ending = (): KubeObject => withMetadata(namespace('ns'), { deletionTimestamp: '1970-01-01T00:00:00Z' });

test('a namespace that is not being deleted is left alone', () => {
  expect(planOf(namespaceController, { key, objects: [namespace('ns')] })).toEqual([]);
});

test('what is in it is deleted, and the conditions say what remains', () => {
  const objects = [ending(), withMetadata(pod({ name: 'a' }), { finalizers: ['example.com/hold'] })];
  const [deletion, status, ...rest] = planOf(namespaceController, { key, objects });
  expect(deletion).toEqual({
    type: 'delete-collection',
    resource: expect.objectContaining({ resource: 'pods' }),
    namespace: 'ns',
  });
  expect(status).toMatchObject({
    patch: {
      status: {
        conditions: [
          { type: 'NamespaceDeletionDiscoveryFailure', status: 'False' },
          { type: 'NamespaceDeletionGroupVersionParsingFailure', status: 'False' },
          { type: 'NamespaceDeletionContentFailure', status: 'False' },
          {
            type: 'NamespaceContentRemaining',
            status: 'True',
            message: 'Some resources are remaining: pods. has 1 resource instances',
          },
          {
            type: 'NamespaceFinalizersRemaining',
            status: 'True',
            message: 'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
          },
        ],
      },
    },
  });
  expect(rest).toEqual([]);
});

test('its pods go first, and the rest when they are gone', () => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'ns' } } as KubeObject;
  const deletions = (...objects: readonly KubeObject[]): readonly unknown[] =>
    planOf(namespaceController, { key, objects: [ending(), ...objects] }).flatMap((command) =>
      command.type === 'delete-collection' ? [command.resource.resource] : [],
    );
  expect(deletions(pod({ name: 'a' }), config)).toEqual(['pods']);
  expect(deletions(pod({ name: 'a', deleting: true }), config)).toEqual([]);
  expect(deletions(config)).toEqual(['configmaps']);
});

test('an empty namespace loses its events and then its finalizer', () => {
  const commands = planOf(namespaceController, { key, objects: [ending()] });
  expect(commands.map((command) => command.type)).toEqual(['patch', 'delete-collection', 'update']);
  expect(commands.at(-1)).toMatchObject({ subresource: 'finalize', object: { spec: { finalizers: [] } } });
});

test('a namespace gets its service account and CA bundles, gets them back, and goes with everything in it', async () => {
  await using cluster = await runningCluster();
  cluster.api.put(deployment('web', 2));
  await cluster.run(10);
  expect(cluster.api.find(SERVICE_ACCOUNTS, 'ns', 'default')).toBeDefined();
  const bundles = (): readonly unknown[] => cluster.api.all<ConfigMap>(CONFIG_MAPS).map(({ data }) => data);
  expect(bundles()).toEqual([{ 'ca.crt': 'CA' }, { 'service-ca.crt': 'CA' }]);
  cluster.api.remove(SERVICE_ACCOUNTS, 'ns', 'default');
  cluster.api.remove(CONFIG_MAPS, 'ns', 'service-ca.crt');
  await cluster.api.patch(CONFIG_MAPS, 'ns', 'kube-root-ca.crt', { data: { 'ca.crt': 'forged' } }, { type: 'merge' });
  await cluster.run(2);
  expect(cluster.api.find(SERVICE_ACCOUNTS, 'ns', 'default')).toBeDefined();
  expect(bundles()).toEqual([{ 'ca.crt': 'CA' }, { 'service-ca.crt': 'CA' }]);
  await cluster.api.patch(CONFIG_MAPS, 'ns', 'service-ca.crt', { data: { more: '' } }, { type: 'merge' });
  await cluster.run(2);
  expect(bundles()).toEqual([{ 'ca.crt': 'CA' }, { 'service-ca.crt': 'CA' }]);
  await cluster.api.delete(NAMESPACES, '', 'ns');
  await cluster.run(15);
  expect(cluster.api.find(NAMESPACES, '', 'ns')).toBeUndefined();
  expect(cluster.pods()).toEqual([]);
  expect(cluster.api.all(CONFIG_MAPS)).toEqual([]);
});
