import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const labels = { name: 'one' };
const spec = { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] };

/** Controllers whose pods never start: what happens to them is the garbage collector's alone. */
function controllerOf(name: string, replicas: number): object {
  const labels = { name };
  const template = { metadata: { labels }, spec: { ...spec, nodeSelector: { nowhere: 'true' } } };
  return { metadata: { name }, spec: { replicas, selector: labels, template } };
}

export function garbage(api: () => Api): void {
  const withReplicas = async (
    count: number,
  ): Promise<{ readonly all: string; readonly pods: string; readonly owner: Read }> => {
    const namespace = `/api/v1/namespaces/${await api().namespace('garbage')}`;
    const all = `${namespace}/replicationcontrollers`;
    const owner = await api().create(all, controllerOf('one', count));
    await api().until('the pods', `${namespace}/pods`, ({ items }) => items.length === count);
    return { all, pods: `${namespace}/pods`, owner };
  };
  const reference = ({ metadata }: Read, more: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    name: metadata.name,
    uid: metadata.uid,
    ...more,
  });

  describe.concurrent('garbage collection', () => {
    test('deletes the pods of a controller that is deleted in the background', async () => {
      const { all, pods, owner } = await withReplicas(10);
      const options = { propagationPolicy: 'Background', preconditions: { uid: owner.metadata.uid } };
      const answer = await api().remove(`${all}/one`, { kind: 'DeleteOptions', apiVersion: 'v1', ...options });
      expect(answer).toMatchObject({ kind: 'Status', status: 'Success' });
      await api().gone(`${all}/one`);
      await api().until('no pods', pods, ({ items }) => items.length === 0);
    });

    test('leaves the pods of a controller that is deleted with orphans, without an owner', async () => {
      const { all, pods, owner } = await withReplicas(20);
      await api().remove(`${all}/one`, { propagationPolicy: 'Orphan', preconditions: { uid: owner.metadata.uid } });
      await api().gone(`${all}/one`);
      const left = await api().until('all released', pods, ({ items }) =>
        items.every(({ metadata }) => metadata.ownerReferences === undefined),
      );
      expect(left.items).toHaveLength(20);
    });

    test('keeps a controller that is deleted in the foreground until its pods are gone', async () => {
      const { all, pods, owner } = await withReplicas(10);
      await api().create(pods, {
        metadata: {
          name: 'held',
          labels,
          finalizers: ['example.com/hold'],
          ownerReferences: [reference(owner, { controller: true, blockOwnerDeletion: true })],
        },
        spec,
      });
      await api().remove(`${all}/one`, { propagationPolicy: 'Foreground', preconditions: { uid: owner.metadata.uid } });
      await api().until('all but one are gone', pods, ({ items }) => items.length === 1);
      const kept = await api().get(`${all}/one`);
      expect(kept.metadata.finalizers).toEqual(['foregroundDeletion']);
      expect(kept.metadata.deletionTimestamp).toBeDefined();
      await api().patch(`${pods}/held`, 'merge', { metadata: { finalizers: null } });
      await api().gone(`${all}/one`);
    });

    test('keeps a dependent that has another owner left, though one waits for it', async () => {
      const { all, pods, owner } = await withReplicas(6);
      const staying = await api().create(all, controllerOf('two', 0));
      const { items } = await api().get(pods);
      for (const { metadata } of items.slice(0, 3)) {
        const both = [...(metadata.ownerReferences ?? []), reference(staying)];
        await api().patch(`${pods}/${metadata.name}`, 'strategic', { metadata: { ownerReferences: both } });
      }
      await api().remove(`${all}/one`, { propagationPolicy: 'Foreground', preconditions: { uid: owner.metadata.uid } });
      await api().gone(`${all}/one`);
      const left = await api().get(pods);
      expect(left.items).toHaveLength(3);
      for (const { metadata } of left.items) {
        expect(metadata.deletionTimestamp).toBeUndefined();
        expect(metadata.ownerReferences?.map(({ name }) => name)).toEqual(['two']);
      }
    });

    test('is not held up by owners that own each other in a circle', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('circle')}/pods`;
      const made: Read[] = [];
      for (const name of ['one', 'two', 'three']) made.push(await api().create(all, { metadata: { name }, spec }));
      for (const [at, { metadata }] of made.entries()) {
        const { name, uid } = (made[(at + 2) % 3] ?? made[0])?.metadata ?? {};
        const owner = { apiVersion: 'v1', kind: 'Pod', name, uid, controller: true, blockOwnerDeletion: true };
        await api().patch(`${all}/${metadata.name}`, 'strategic', { metadata: { ownerReferences: [owner] } });
      }
      await api().remove(`${all}/one`, { propagationPolicy: 'Foreground', gracePeriodSeconds: 0 });
      await api().until('all are gone', all, ({ items }) => items.length === 0, 60_000);
    });

    test('follows a deployment down to its replica sets, or leaves them', async () => {
      for (const propagationPolicy of ['Background', 'Orphan']) {
        const apps = `/apis/apps/v1/namespaces/${await api().namespace('deployment')}`;
        await api().create(`${apps}/deployments`, {
          metadata: { name: 'web' },
          spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
        });
        await api().until('a set', `${apps}/replicasets`, ({ items }) => items.length === 1);
        await api().remove(`${apps}/deployments/web`, { propagationPolicy });
        await api().gone(`${apps}/deployments/web`);
        const orphaned = propagationPolicy === 'Orphan';
        await api().until('the sets', `${apps}/replicasets`, ({ items }) =>
          orphaned ? items[0]?.metadata.ownerReferences === undefined : items.length === 0,
        );
      }
    });
  });
}
