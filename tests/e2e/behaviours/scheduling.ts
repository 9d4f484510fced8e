import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const container = (resources: object, more: object = {}): object => ({
  name: 'c',
  image: 'registry.k8s.io/pause:3.10',
  resources,
  ...more,
});
const pod = (name: string, spec: object, resources: object = {}): object => ({
  metadata: { name },
  spec: { terminationGracePeriodSeconds: 0, containers: [container(resources)], ...spec },
});
const running = ({ status }: Read): boolean => status['phase'] === 'Running';
const toldUnschedulable = ({ status }: Read): boolean =>
  JSON.stringify(status['conditions'] ?? []).includes('"reason":"Unschedulable"');

interface Container {
  readonly resources: object;
}
const resourcesOf = ({ spec }: Read): readonly object[] =>
  (spec['containers'] as readonly Container[]).map(({ resources }) => resources);

export function scheduling(api: () => Api): void {
  const namespaceOf = async (about: string): Promise<string> => `/api/v1/namespaces/${await api().namespace(about)}`;

  describe.concurrent('a limit range', () => {
    test('fills in what pods leave open, refuses what is out of bounds, and goes with its collection', async () => {
      const namespace = await namespaceOf('limits');
      const limits = `${namespace}/limitranges`;
      const [min, max] = [
        { cpu: '50m', memory: '100Mi', 'ephemeral-storage': '100Gi' },
        { cpu: '500m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
      ];
      const defaultRequest = { cpu: '100m', memory: '200Mi', 'ephemeral-storage': '200Gi' };
      const watch = api().watch(`${limits}?labelSelector=e2e%3Dlimits`);
      const made = await api().create(limits, {
        metadata: { name: 'limits', labels: { e2e: 'limits' } },
        spec: { limits: [{ type: 'Container', min, max, default: max, defaultRequest }] },
      });
      expect((await watch.take(1))[0]).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'limits' } } });
      expect(made.spec).toMatchObject({ limits: [{ default: max, defaultRequest }] });
      const open = await api().create(`${namespace}/pods`, pod('open', {}));
      expect(resourcesOf(open)).toEqual([{ requests: defaultRequest, limits: max }]);
      const some = { requests: { cpu: '300m', memory: '100Mi' }, limits: { cpu: '300m' } };
      const partial = await api().create(`${namespace}/pods`, pod('some', {}, some));
      expect(resourcesOf(partial)).toEqual([
        {
          requests: { cpu: '300m', memory: '100Mi', 'ephemeral-storage': '200Gi' },
          limits: { cpu: '300m', memory: '500Mi', 'ephemeral-storage': '500Gi' },
        },
      ]);
      const small = pod('small', {}, { requests: { cpu: '10m', memory: '50Mi' } });
      await api().refused('Forbidden', 'POST', `${namespace}/pods`, small);
      const much = { cpu: '600m', memory: '600Mi' };
      const large = pod('large', {}, { requests: much, limits: much });
      await api().refused('Forbidden', 'POST', `${namespace}/pods`, large);
      await api().update(`${limits}/limits`, (read) => ({
        ...read,
        spec: {
          limits: [
            { type: 'Container', min: { ...min, cpu: '9m', memory: '49Mi' }, max, default: max, defaultRequest },
          ],
        },
      }));
      await api().create(`${namespace}/pods`, small);
      await api().remove(`${limits}?labelSelector=e2e%3Dlimits`);
      await api().until('gone', limits, ({ items }) => items.length === 0);
      await api().create(`${namespace}/pods`, large);
      watch.close();
    });
  });

  describe.concurrent('the scheduler', () => {
    test('puts a pod on no node that lacks what it asks for, and says so; once there is room it goes there', async () => {
      const namespace = await namespaceOf('room');
      const resource = `example.com/room-${api().run}`;
      const [node] = (await api().get('/api/v1/nodes?labelSelector=kubernetes.io%2Fhostname')).items;
      const path = `/api/v1/nodes/${node?.metadata.name}`;
      const amounts = { [resource]: '3' };
      await api().patch(`${path}/status`, 'strategic', { status: { capacity: amounts, allocatable: amounts } });
      const asking = (count: string): object => ({ requests: { [resource]: count }, limits: { [resource]: count } });
      await api().create(`${namespace}/pods`, pod('filler', {}, asking('2')));
      await api().until('runs', `${namespace}/pods/filler`, running);
      await api().create(`${namespace}/pods`, pod('additional', {}, asking('2')));
      await api().until('told', `${namespace}/pods/additional`, toldUnschedulable);
      const event = 'fieldSelector=involvedObject.name%3Dadditional,reason%3DFailedScheduling';
      const told = await api().until('an event', `${namespace}/events?${event}`, ({ items }) => items.length > 0);
      expect(told.items[0]).toMatchObject({
        type: 'Warning',
        message: expect.stringContaining(`Insufficient ${resource}`),
      });
      await api().remove(`${namespace}/pods/filler`);
      const placed = await api().until('runs', `${namespace}/pods/additional`, running);
      expect(placed.spec['nodeName']).toBe(node?.metadata.name);
    });

    test('respects a node selector, whether a node matches or none does', async () => {
      const namespace = await namespaceOf('selector');
      const [node] = (await api().get('/api/v1/nodes?labelSelector=kubernetes.io%2Fhostname')).items;
      const label = { [`kubernetes.io/e2e-${api().run}`]: '42' };
      await api().create(`${namespace}/pods`, pod('restricted', { nodeSelector: { label: 'nonempty' } }));
      await api().until('told', `${namespace}/pods/restricted`, toldUnschedulable);
      await api().create(`${namespace}/pods`, pod('labelled', { nodeSelector: label }));
      await api().until('told', `${namespace}/pods/labelled`, toldUnschedulable);
      await api().patch(`/api/v1/nodes/${node?.metadata.name}`, 'strategic', { metadata: { labels: label } });
      const placed = await api().until('runs', `${namespace}/pods/labelled`, running);
      expect(placed.spec['nodeName']).toBe(node?.metadata.name);
    });

    test('puts pods with one host port beside each other where addresses or protocols differ', async () => {
      const namespace = await namespaceOf('ports');
      const [node] = (await api().get('/api/v1/nodes?labelSelector=kubernetes.io%2Fhostname')).items;
      const nodeSelector = { 'kubernetes.io/hostname': node?.metadata.labels?.['kubernetes.io/hostname'] };
      const taking = (name: string, hostIP: string, protocol: string): object => ({
        metadata: { name },
        spec: {
          nodeSelector,
          containers: [container({}, { ports: [{ containerPort: 8080, hostPort: 54_323, hostIP, protocol }] })],
        },
      });
      await api().create(`${namespace}/pods`, taking('one', '127.0.0.1', 'TCP'));
      await api().create(`${namespace}/pods`, taking('two', '127.0.0.2', 'TCP'));
      await api().create(`${namespace}/pods`, taking('three', '127.0.0.2', 'UDP'));
      for (const name of ['one', 'two', 'three']) await api().until('runs', `${namespace}/pods/${name}`, running);
      await api().create(`${namespace}/pods`, taking('four', '0.0.0.0', 'TCP'));
      await api().until('told', `${namespace}/pods/four`, toldUnschedulable);
      await api().remove(`${namespace}/pods?gracePeriodSeconds=0`);
    });

    test('leaves a pod alone while a gate is closed or another scheduler is named', async () => {
      const namespace = await namespaceOf('gates');
      await api().create(`${namespace}/pods`, pod('gated', { schedulingGates: [{ name: 'example.com/gate' }] }));
      await api().create(`${namespace}/pods`, pod('foreign', { schedulerName: 'another-scheduler' }));
      await api().create(`${namespace}/pods`, pod('ours', {}));
      await api().until('runs', `${namespace}/pods/ours`, running);
      const gated = await api().get(`${namespace}/pods/gated`);
      expect(gated.status).toMatchObject({ conditions: [{ type: 'PodScheduled', reason: 'SchedulingGated' }] });
      expect((await api().get(`${namespace}/pods/foreign`)).spec['nodeName']).toBeUndefined();
      await api().patch(`${namespace}/pods/gated`, 'merge', { spec: { schedulingGates: null } });
      await api().until('runs', `${namespace}/pods/gated`, running);
    });
  });

  describe.concurrent('a priority class', () => {
    test('gives its pods its value, which cannot change, and is patched and replaced otherwise', async () => {
      const classes = '/apis/scheduling.k8s.io/v1/priorityclasses';
      const [one, two] = [`p1-${api().run}`, `p2-${api().run}`];
      for (const [at, name] of [one, two].entries()) await api().create(classes, { metadata: { name }, value: at + 1 });
      const { value: _value, ...rest } = await api().get(`${classes}/${one}`);
      await api().refused('Invalid', 'PUT', `${classes}/${one}`, { ...rest, value: 1000 });
      const refused = await api().ask(
        'PATCH',
        `${classes}/${two}`,
        { value: 1000 },
        { 'content-type': 'application/merge-patch+json' },
      );
      expect(refused.json).toMatchObject({ reason: 'Invalid' });
      const patched = await api().patch(`${classes}/${two}`, 'json', [
        { op: 'test', path: '/value', value: 2 },
        { op: 'add', path: '/description', value: 'PatchedPriorityClass' },
      ]);
      expect(patched['description']).toBe('PatchedPriorityClass');
      const namespace = await namespaceOf('priority');
      const made = await api().create(`${namespace}/pods`, pod('one', { priorityClassName: two }));
      expect(made.spec['priority']).toBe(2);
      await api().refused('Forbidden', 'POST', `${namespace}/pods`, pod('two', { priorityClassName: 'nonexistent' }));
      const critical = await api().create(
        `${namespace}/pods`,
        pod('three', { priorityClassName: 'system-cluster-critical' }),
      );
      expect(critical.spec['priority']).toBe(2_000_000_000);
      for (const name of [one, two]) await api().remove(`${classes}/${name}`);
    });
  });

  describe.concurrent('preemption', () => {
    const nodeWith = async (resource: string, amount: string): Promise<string> => {
      const [node] = (await api().get('/api/v1/nodes?labelSelector=kubernetes.io%2Fhostname')).items;
      const amounts = { [resource]: amount };
      const status = { capacity: amounts, allocatable: amounts };
      await api().patch(`/api/v1/nodes/${node?.metadata.name}/status`, 'strategic', { status });
      return node?.metadata.name ?? '';
    };
    const classOf = async (name: string, value: number): Promise<string> => {
      const made = `${name}-${api().run}`;
      await api().create('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: made }, value });
      return made;
    };
    const asking = (resource: string, count: string): object => ({
      requests: { [resource]: count },
      limits: { [resource]: count },
    });

    test('makes a pod of lower priority go for one of higher, and tells it why; the critical go before all', async () => {
      const namespace = await namespaceOf('preempt');
      const resource = `example.com/preempt-${api().run}`;
      const node = await nodeWith(resource, '4');
      const [low, medium] = [await classOf('low', 1), await classOf('medium', 100)];
      const finalizers = ['example.com/test-finalizer'];
      const victim = pod('victim', { priorityClassName: low }, asking(resource, '2')) as { readonly metadata: object };
      await api().create(`${namespace}/pods`, { ...victim, metadata: { ...victim.metadata, finalizers } });
      await api().create(`${namespace}/pods`, pod('spared', { priorityClassName: medium }, asking(resource, '2')));
      for (const name of ['victim', 'spared']) await api().until('runs', `${namespace}/pods/${name}`, running);
      await api().create(`${namespace}/pods`, pod('preemptor', { priorityClassName: medium }, asking(resource, '2')));
      const told = await api().until(
        'it is told to go',
        `${namespace}/pods/victim`,
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      );
      expect(told.status['conditions']).toContainEqual(
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }),
      );
      await api().patch(`${namespace}/pods/victim`, 'merge', { metadata: { finalizers: null } });
      await api().gone(`${namespace}/pods/victim`);
      const placed = await api().until('runs', `${namespace}/pods/preemptor`, running);
      expect(placed.spec['nodeName']).toBe(node);
      expect((await api().get(`${namespace}/pods/spared`)).metadata.deletionTimestamp).toBeUndefined();
      const critical = pod('critical', { priorityClassName: 'system-cluster-critical' }, asking(resource, '4'));
      await api().create(`${namespace}/pods`, critical);
      await api().until('runs', `${namespace}/pods/critical`, running);
      for (const name of ['spared', 'preemptor']) await api().gone(`${namespace}/pods/${name}`);
      await api().remove(`${namespace}/pods?gracePeriodSeconds=0`);
    });

    test('goes on through replica sets: each of higher priority takes the room of those below', async () => {
      const name = await api().namespace('preempt-sets');
      const resource = `example.com/sets-${api().run}`;
      await nodeWith(resource, '5');
      const sets = `/apis/apps/v1/namespaces/${name}/replicasets`;
      for (const [at, replicas] of [3, 2, 4].entries()) {
        const labels = { app: `p${at}` };
        const { spec } = pod(
          'x',
          { priorityClassName: await classOf(`set-p${at}`, at + 1) },
          asking(resource, '1'),
        ) as {
          readonly spec: object;
        };
        const template = { metadata: { labels }, spec };
        await api().create(sets, {
          metadata: { name: `p${at}` },
          spec: { replicas, selector: { matchLabels: labels }, template },
        });
        await api().until('all run', `${sets}/p${at}`, ({ status }) => status['availableReplicas'] === replicas);
      }
      const left = async (set: string): Promise<unknown> =>
        (await api().get(`${sets}/${set}`)).status['availableReplicas'] ?? 0;
      await api().until('one is left of the second', `${sets}/p1`, ({ status }) => status['availableReplicas'] === 1);
      expect([await left('p0'), await left('p2')]).toEqual([0, 4]);
      await api().remove(sets);
    });
  });

  describe.concurrent('a taint that evicts', () => {
    test('takes a pod away unless it is tolerated; taking the taint away in time cancels that', async () => {
      const namespace = await namespaceOf('taints');
      // A node of its own: nobody else's pods are to go. It is never ready, so pods are put there by name.
      const node = `tainted-${api().run}`;
      await api().create('/api/v1/nodes', { metadata: { name: node } });
      const key = 'kubernetes.io/e2e-evict-taint-key';
      const ready = { key: 'node.kubernetes.io/not-ready', operator: 'Exists' };
      const tolerating = (seconds?: number): object => ({
        key,
        operator: 'Equal',
        value: 'evictTaintVal',
        effect: 'NoExecute',
        ...(seconds === undefined ? {} : { tolerationSeconds: seconds }),
      });
      const on = (name: string, tolerations: readonly object[]): object =>
        pod(name, { nodeName: node, tolerations: [ready, ...tolerations] });
      await api().create(`${namespace}/pods`, on('intolerant', []));
      await api().create(`${namespace}/pods`, on('tolerant', [tolerating()]));
      await api().create(`${namespace}/pods`, on('for-now', [tolerating(1)]));
      await api().create(`${namespace}/pods`, on('for-long', [tolerating(3600)]));
      const taint = async (
        taints: (present: readonly { readonly key: string }[]) => readonly object[],
      ): Promise<void> => {
        await api().update(`/api/v1/nodes/${node}`, (read) => ({
          ...read,
          spec: {
            ...read.spec,
            taints: taints((read.spec['taints'] as readonly { readonly key: string }[] | undefined) ?? []),
          },
        }));
      };
      const watch = api().watch(`${namespace}/pods?fieldSelector=metadata.name%3Dintolerant&resourceVersion=0`);
      await taint((present) => [...present, { key, value: 'evictTaintVal', effect: 'NoExecute' }]);
      const evicted = await watch.next('it was told why', ({ object }) =>
        JSON.stringify(object.status['conditions'] ?? []).includes('DeletionByTaintManager'),
      );
      expect(evicted.object.status['conditions']).toContainEqual(
        expect.objectContaining({ type: 'DisruptionTarget', status: 'True' }),
      );
      const goes = async (name: string): Promise<void> => {
        await api().until('is going', `${namespace}/pods?fieldSelector=metadata.name%3D${name}`, ({ items }) =>
          items.every(({ metadata }) => metadata.deletionTimestamp !== undefined),
        );
      };
      await goes('intolerant');
      await goes('for-now');
      await taint((present) => present.filter((one) => one.key !== key));
      for (const name of ['tolerant', 'for-long']) {
        expect((await api().get(`${namespace}/pods/${name}`)).metadata.deletionTimestamp).toBeUndefined();
      }
      await api().remove(`${namespace}/pods?gracePeriodSeconds=0`);
      await api().remove(`/api/v1/nodes/${node}`);
      watch.close();
    });
  });
}
