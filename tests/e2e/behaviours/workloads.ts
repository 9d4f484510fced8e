import { describe, expect, test } from 'vitest';
import type { Api, Change, Read } from './api.ts';

const IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const OTHER_IMAGE = 'registry.k8s.io/pause:3.10';

function workload(name: string, replicas: number, labels: Readonly<Record<string, string>>, more: object = {}): object {
  return {
    metadata: { name, labels },
    spec: { replicas, selector: { matchLabels: labels }, template: template(labels), ...more },
  };
}

function template(labels: Readonly<Record<string, string>>, image = IMAGE): object {
  return {
    metadata: { labels },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'agnhost', image }] },
  };
}

/** An object as it is written by whoever does not mind what others wrote since. */
const unconditional = (object: Read): object => ({
  ...object,
  metadata: { ...object.metadata, resourceVersion: '' },
});

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}
const conditionsOf = ({ status }: Read): readonly Condition[] =>
  (status['conditions'] as readonly Condition[] | undefined) ?? [];
const hasCondition =
  (type: string) =>
  ({ object }: Change): boolean =>
    conditionsOf(object).some((condition) => condition.type === type && condition.status === 'True');
const count = (object: Read, field: string): number => (object.status[field] as number | undefined) ?? 0;
const allAvailable =
  (replicas: number) =>
  (object: Read): boolean =>
    count(object, 'availableReplicas') === replicas && count(object, 'readyReplicas') === replicas;

export function workloads(api: () => Api): void {
  const appsOf = async (about: string): Promise<{ readonly apps: string; readonly pods: string }> => {
    const name = await api().namespace(about);
    return { apps: `/apis/apps/v1/namespaces/${name}`, pods: `/api/v1/namespaces/${name}/pods` };
  };

  describe.concurrent('a replica set', () => {
    test('runs its image on each replica, adopts a pod that matches and lets go one that no longer does', async () => {
      const { apps, pods } = await appsOf('replicas');
      const labels = { name: 'pod-adoption' };
      const orphan = await api().create(pods, { ...template(labels), metadata: { name: 'orphan', labels } });
      await api().create(`${apps}/replicasets`, workload('web', 2, labels));
      const set = await api().until('all available', `${apps}/replicasets/web`, allAvailable(2));
      const adopted = await api().get(`${pods}/orphan`);
      expect(adopted.metadata.uid).toBe(orphan.metadata.uid);
      expect(adopted.metadata.ownerReferences).toMatchObject([{ kind: 'ReplicaSet', uid: set.metadata.uid }]);
      const release = [{ op: 'replace', path: '/metadata/labels/name', value: 'not-matching' }];
      await api().patch(`${pods}/orphan`, 'json', release);
      const released = await api().until(
        'released',
        `${pods}/orphan`,
        ({ metadata }) => metadata.ownerReferences === undefined,
      );
      expect(released.metadata.labels).toEqual({ name: 'not-matching' });
      await api().until('replaced', `${pods}?labelSelector=name%3Dpod-adoption`, ({ items }) => items.length === 2);
    });

    test('has a scale that is read, replaced and patched', async () => {
      const { apps } = await appsOf('scale');
      const labels = { app: 'scale' };
      const path = `${apps}/replicasets/web`;
      await api().create(`${apps}/replicasets`, workload('web', 1, labels));
      const scale = await api().get(`${path}/scale`);
      expect(scale).toMatchObject({ kind: 'Scale', apiVersion: 'autoscaling/v1', spec: { replicas: 1 } });
      const replaced = await api().replace(`${path}/scale`, { ...unconditional(scale), spec: { replicas: 2 } });
      expect(replaced.spec['replicas']).toBe(2);
      expect((await api().get(path)).spec['replicas']).toBe(2);
      const patched = await api().patch(`${path}/scale`, 'strategic', { spec: { replicas: 4 } });
      expect(patched.spec['replicas']).toBe(4);
      await api().until('four', path, allAvailable(4));
      expect((await api().get(`${path}/scale`)).status).toEqual({ replicas: 4, selector: 'app=scale' });
    });

    test('is replaced, patched and watched while it grows', async () => {
      const { apps } = await appsOf('rs-patch');
      const labels = { app: 'patch', name: 'sample-pod' };
      const all = `${apps}/replicasets`;
      const created = await api().create(all, workload('web', 1, labels));
      const watch = api().watch(`${all}?labelSelector=app%3Dpatch&resourceVersion=${created.metadata.resourceVersion}`);
      await api().until('one', `${all}/web`, allAvailable(1));
      await api().patch(`${all}/web/scale`, 'merge', { spec: { replicas: 2 } });
      await api().patch(`${all}/web`, 'strategic', {
        metadata: { labels: { 'test-rs': 'patched' } },
        spec: {
          replicas: 3,
          template: {
            metadata: { labels: { 'test-rs': 'patched' } },
            spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'agnhost', image: OTHER_IMAGE }] },
          },
        },
      });
      const three = await watch.next(
        'three, patched',
        ({ type, object }) =>
          type === 'MODIFIED' &&
          object.metadata.labels?.['test-rs'] === 'patched' &&
          count(object, 'readyReplicas') === 3,
      );
      expect(three.object.spec['replicas']).toBe(3);
      watch.close();
    });

    test('keeps conditions that others write to its status', async () => {
      const { apps } = await appsOf('rs-status');
      const all = `${apps}/replicasets`;
      const labels = { app: 'status' };
      await api().create(all, workload('web', 1, labels));
      await api().until('one', `${all}/web`, allAvailable(1));
      const watch = api().watch(`${all}?labelSelector=app%3Dstatus&resourceVersion=0`);
      const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from a test' };
      const updated = await api().update(
        `${all}/web`,
        (read) => ({ ...read, status: { ...read.status, conditions: [...conditionsOf(read), condition] } }),
        'status',
      );
      expect(conditionsOf(updated)).toContainEqual(expect.objectContaining({ type: 'StatusUpdate', status: 'True' }));
      await watch.next('the condition', hasCondition('StatusUpdate'));
      await api().patch(`${all}/web/status`, 'merge', {
        status: { conditions: [{ ...condition, type: 'StatusPatched' }] },
      });
      await watch.next('the condition', hasCondition('StatusPatched'));
      watch.close();
    });

    test('goes with its collection, pods and all', async () => {
      const { apps, pods } = await appsOf('rs-collection');
      for (const name of ['one', 'two']) {
        const labels = { app: name, e2e: 'collection' };
        await api().create(`${apps}/replicasets`, workload(name, 1, labels));
      }
      await api().create(`${apps}/replicasets`, workload('three', 1, { app: 'three' }));
      await api().until('three pods', pods, ({ items }) => items.length === 3);
      await api().remove(`${apps}/replicasets?labelSelector=e2e%3Dcollection`);
      await api().until('one set', `${apps}/replicasets`, ({ items }) => items.length === 1);
      await api().until('one pod', pods, ({ items }) => items.length === 1);
    });
  });

  describe.concurrent('a replication controller', () => {
    test('lives: made, patched, its status written, scaled, watched and deleted with its collection', async () => {
      const namespace = `/api/v1/namespaces/${await api().namespace('rc')}`;
      const all = `${namespace}/replicationcontrollers`;
      const labels = { 'test-rc-static': 'true' };
      const { resourceVersion } = (await api().get(all)).metadata;
      await api().create(all, {
        metadata: { name: 'rc', labels },
        spec: { replicas: 1, selector: labels, template: template(labels) },
      });
      const watch = api().watch(`${all}?labelSelector=test-rc-static%3Dtrue&resourceVersion=${resourceVersion}`);
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await watch.next('one ready', ({ object }) => count(object, 'readyReplicas') === 1);
      const patched = await api().patch(`${all}/rc`, 'strategic', {
        metadata: { labels: { 'test-rc': 'patched' } },
        spec: { replicas: 2 },
      });
      expect(patched.metadata.labels).toMatchObject({ 'test-rc': 'patched' });
      await watch.next('two', ({ object }) => count(object, 'readyReplicas') === 2);
      await api().patch(`${all}/rc/status`, 'merge', { status: { readyReplicas: 0, availableReplicas: 0 } });
      await watch.next('none ready, as was written', ({ object }) => count(object, 'readyReplicas') === 0);
      await watch.next('two, as it is', ({ object }) => count(object, 'readyReplicas') === 2);
      const scale = await api().get(`${all}/rc/scale`);
      await api().replace(`${all}/rc/scale`, { ...unconditional(scale), spec: { replicas: 3 } });
      await watch.next('three', ({ object }) => count(object, 'readyReplicas') === 3);
      expect((await api().get(`${all}/rc/scale`)).status).toEqual({ replicas: 3, selector: 'test-rc-static=true' });
      // Unlike later kinds, these leave their pods when nobody says otherwise.
      await api().remove(`${all}?labelSelector=test-rc-static%3Dtrue`, { propagationPolicy: 'Background' });
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      await api().until('no pods', `${namespace}/pods`, ({ items }) => items.length === 0);
      watch.close();
    });

    test('adopts, releases, and says in a condition what a quota keeps from it until it does not', async () => {
      const namespace = `/api/v1/namespaces/${await api().namespace('rc-quota')}`;
      const labels = { name: 'pod-adoption' };
      await api().create(`${namespace}/resourcequotas`, { metadata: { name: 'two' }, spec: { hard: { pods: '2' } } });
      await api().until('counted', `${namespace}/resourcequotas/two`, ({ status }) => status['used'] !== undefined);
      await api().create(`${namespace}/pods`, { ...template(labels), metadata: { name: 'orphan', labels } });
      const path = `${namespace}/replicationcontrollers/rc`;
      await api().create(`${namespace}/replicationcontrollers`, {
        metadata: { name: 'rc' },
        spec: { replicas: 3, selector: labels, template: template(labels) },
      });
      const failed = await api().until('the condition', path, (read) =>
        conditionsOf(read).some(({ type }) => type === 'ReplicaFailure'),
      );
      expect(conditionsOf(failed)).toMatchObject([{ status: 'True', reason: 'FailedCreate' }]);
      expect((await api().get(`${namespace}/pods/orphan`)).metadata.ownerReferences).toMatchObject([{ name: 'rc' }]);
      await api().patch(`${path}/scale`, 'merge', { spec: { replicas: 2 } });
      await api().until('no condition', path, (read) => conditionsOf(read).length === 0);
    });
  });

  describe.concurrent('a deployment', () => {
    test('lives: made, rolled, its status written, listed everywhere, deleted with its collection', async () => {
      const { apps } = await appsOf('deployment');
      const all = `${apps}/deployments`;
      const labels = { 'test-deployment-static': 'true' };
      const mine = `labelSelector=test-deployment-static%3Dtrue`;
      const { resourceVersion } = (await api().get(`/apis/apps/v1/deployments?${mine}`)).metadata;
      await api().create(all, workload('web', 2, labels));
      const watch = api().watch(`${all}?${mine}&resourceVersion=${resourceVersion}`);
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await watch.next('two', ({ object }) => allAvailable(2)(object));
      await api().patch(`${all}/web`, 'strategic', {
        metadata: { labels: { 'test-deployment': 'patched' } },
        spec: { replicas: 1, template: { spec: { containers: [{ name: 'agnhost', image: OTHER_IMAGE }] } } },
      });
      await watch.next('the patch', ({ object }) => object.metadata.labels?.['test-deployment'] === 'patched');
      await watch.next(
        'one, updated',
        ({ object }) =>
          count(object, 'updatedReplicas') === 1 && allAvailable(1)(object) && count(object, 'replicas') === 1,
      );
      const listed = await api().get(`/apis/apps/v1/deployments?${mine}`);
      expect(listed.items.find(({ metadata }) => metadata.name === 'web')?.metadata.labels).toMatchObject({
        'test-deployment': 'patched',
      });
      const updated = await api().update(
        `${all}/web`,
        (read) => ({
          ...read,
          metadata: { ...read.metadata, labels: { ...read.metadata.labels, 'test-deployment': 'updated' } },
          status: { ...read.status, conditions: [...conditionsOf(read), { type: 'StatusUpdate', status: 'True' }] },
        }),
        'status',
      );
      expect(updated.metadata.labels).toMatchObject({ 'test-deployment': 'patched' });
      expect(conditionsOf(updated)).toContainEqual(expect.objectContaining({ type: 'StatusUpdate', status: 'True' }));
      await api().patch(`${all}/web/status`, 'merge', {
        metadata: { labels: { 'test-deployment': 'patched-status' } },
        status: { readyReplicas: 0, availableReplicas: 0 },
      });
      await watch.next('none, as was written', ({ object }) => count(object, 'readyReplicas') === 0);
      await watch.next('one, as it is', ({ object }) => allAvailable(1)(object));
      expect((await api().get(`${all}/web/status`)).metadata.labels).toMatchObject({ 'test-deployment': 'patched' });
      await api().remove(`${all}?${mine}`);
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      watch.close();
    });

    test('takes over a replica set that matches, rolls over to each new template, and drops old sets', async () => {
      const { apps } = await appsOf('rolling');
      const labels = { name: 'sample-pod' };
      await api().create(`${apps}/replicasets`, {
        ...workload('old', 1, labels),
        metadata: { name: 'old', labels, annotations: { 'deployment.kubernetes.io/revision': '3546343826724305832' } },
      });
      await api().until('the old one', `${apps}/replicasets/old`, allAvailable(1));
      const rolling = {
        revisionHistoryLimit: 0,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      };
      await api().create(
        `${apps}/deployments`,
        workload('web', 1, labels, { ...rolling, template: template(labels, OTHER_IMAGE) }),
      );
      const complete = ({ metadata, status }: Read): boolean =>
        status['observedGeneration'] === metadata.generation &&
        status['updatedReplicas'] === 1 &&
        status['replicas'] === 1;
      const rolled = await api().until(
        'rolled',
        `${apps}/deployments/web`,
        (read) => complete(read) && allAvailable(1)(read),
      );
      expect(rolled.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '3546343826724305833' });
      await api().gone(`${apps}/replicasets/old`);
      await api().patch(`${apps}/deployments/web`, 'strategic', {
        spec: { template: { spec: { containers: [{ name: 'agnhost', image: IMAGE }] } } },
      });
      await api().until('rolled again', `${apps}/deployments/web`, (read) => complete(read) && allAvailable(1)(read));
      await api().until('one set', `${apps}/replicasets`, ({ items }) => items.length === 1);
    });

    test('recreates: no pod of the new template runs beside one of the old', async () => {
      const { apps, pods } = await appsOf('recreate');
      const labels = { name: 'sample-pod-3' };
      await api().create(`${apps}/deployments`, workload('web', 1, labels, { strategy: { type: 'Recreate' } }));
      await api().until('one', `${apps}/deployments/web`, allAvailable(1));
      const watch = api().watch(`${pods}?labelSelector=name%3Dsample-pod-3&resourceVersion=0`);
      await api().patch(`${apps}/deployments/web`, 'strategic', {
        spec: { template: { spec: { containers: [{ name: 'agnhost', image: OTHER_IMAGE }] } } },
      });
      const first = await watch.next('the old pod', ({ type }) => type === 'ADDED');
      const next = await watch.next(
        'it went, or a new one came',
        ({ type, object }) => type === 'DELETED' || object.metadata.name !== first.object.metadata.name,
      );
      expect(next.type).toBe('DELETED');
      await api().until(
        'rolled',
        `${apps}/deployments/web`,
        (read) => count(read, 'updatedReplicas') === 1 && allAvailable(1)(read),
      );
      watch.close();
    });

    test('scales its sets in proportion while a rollout is stuck', async () => {
      const { apps } = await appsOf('proportion');
      const labels = { name: 'httpd' };
      const rolling = { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } };
      await api().create(`${apps}/deployments`, workload('web', 10, labels, rolling));
      await api().until('ten', `${apps}/deployments/web`, allAvailable(10));
      await api().patch(`${apps}/deployments/web`, 'strategic', {
        spec: { template: { spec: { nodeSelector: { nowhere: 'true' } } } },
      });
      const sizes = (list: Read): readonly number[] =>
        list.items.map(({ spec }) => spec['replicas'] as number).toSorted((a, b) => b - a);
      await api().until('stuck at 8 and 5', `${apps}/replicasets`, (list) => String(sizes(list)) === '8,5');
      await api().until('eight left', `${apps}/deployments/web`, (read) => count(read, 'availableReplicas') === 8);
      await api().patch(`${apps}/deployments/web/scale`, 'merge', { spec: { replicas: 30 } });
      await api().until('scaled to 20 and 13', `${apps}/replicasets`, (list) => String(sizes(list)) === '20,13');
    });

    test('has a scale that is read, replaced and patched', async () => {
      const { apps } = await appsOf('d-scale');
      const path = `${apps}/deployments/web`;
      await api().create(`${apps}/deployments`, workload('web', 1, { app: 'd' }));
      const scale = await api().get(`${path}/scale`);
      expect(
        (await api().replace(`${path}/scale`, { ...unconditional(scale), spec: { replicas: 2 } })).spec['replicas'],
      ).toBe(2);
      expect((await api().get(path)).spec['replicas']).toBe(2);
      expect((await api().patch(`${path}/scale`, 'strategic', { spec: { replicas: 4 } })).spec['replicas']).toBe(4);
      await api().until('four', path, allAvailable(4));
    });
  });
}
