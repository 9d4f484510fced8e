import { describe, expect, test } from 'vitest';
import type { Api } from './api.ts';

const podSpec = { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] };

type Amounts = Readonly<Record<string, string>>;

function podOf(name: string, resources: object, more: object = {}): object {
  return {
    metadata: { name },
    spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10', resources }], ...more },
  };
}

export function quotas(api: () => Api): void {
  const namespaceWith = async (name: string, spec: object): Promise<string> => {
    const namespace = await api().namespace('quota');
    const quota = `/api/v1/namespaces/${namespace}/resourcequotas`;
    await api().create(quota, { metadata: { name }, spec });
    return `/api/v1/namespaces/${namespace}`;
  };
  const uses = async (namespace: string, name: string, used: Amounts): Promise<void> => {
    await api().until(`${name} uses ${JSON.stringify(used)}`, `${namespace}/resourcequotas/${name}`, ({ status }) =>
      Object.entries(used).every(([key, value]) => (status['used'] as Amounts | undefined)?.[key] === value),
    );
  };

  describe.concurrent('a quota', () => {
    test('is counted promptly', async () => {
      const namespace = await namespaceWith('q', { hard: { pods: '5', services: '3', 'count/replicasets.apps': '2' } });
      await uses(namespace, 'q', { pods: '0', services: '0', 'count/replicasets.apps': '0' });
    });

    test.each<[resource: string, base: string, object: object, counted: Amounts, free: Amounts]>([
      [
        'services',
        'api/v1',
        { spec: { type: 'ClusterIP', selector: { a: 'b' }, ports: [{ port: 80 }] } },
        { services: '1', 'services.nodeports': '0', 'services.loadbalancers': '0' },
        { services: '0' },
      ],
      ['secrets', 'api/v1', { data: { a: 'MQ==' } }, { secrets: '1' }, { secrets: '0' }],
      [
        'replicationcontrollers',
        'api/v1',
        { spec: { replicas: 0, selector: { a: 'b' }, template: { metadata: { labels: { a: 'b' } }, spec: podSpec } } },
        { replicationcontrollers: '1' },
        { replicationcontrollers: '0' },
      ],
      [
        'replicasets',
        'apis/apps/v1',
        {
          spec: {
            replicas: 0,
            selector: { matchLabels: { a: 'b' } },
            template: { metadata: { labels: { a: 'b' } }, spec: podSpec },
          },
        },
        { 'count/replicasets.apps': '1' },
        { 'count/replicasets.apps': '0' },
      ],
      [
        'persistentvolumeclaims',
        'api/v1',
        {
          spec: {
            storageClassName: 'gold',
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
          },
        },
        {
          persistentvolumeclaims: '1',
          'requests.storage': '1Gi',
          'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
          'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
        },
        { persistentvolumeclaims: '0', 'requests.storage': '0' },
      ],
    ])('captures the life of one of %s', async (resource, base, object, counted, free) => {
      const hard = Object.fromEntries(Object.keys(counted).map((key) => [key, key.includes('storage') ? '10Gi' : '9']));
      const namespace = await namespaceWith('q', { hard });
      await uses(namespace, 'q', free);
      const all = `/${base}/${namespace.replace('/api/v1/', '')}/${resource}`;
      await api().create(all, { metadata: { name: 'one' }, ...object });
      await uses(namespace, 'q', counted);
      await api().remove(`${all}/one`);
      await uses(namespace, 'q', free);
    });

    test('captures the life of a pod: what does not fit is refused, what is asked cannot be changed', async () => {
      const hard = {
        pods: '5',
        cpu: '1',
        memory: '500Mi',
        'requests.ephemeral-storage': '50Gi',
        'requests.example.com/dongle': '3',
      };
      const namespace = await namespaceWith('q', { hard });
      const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'example.com/dongle': '2' };
      const limits = { 'example.com/dongle': '2' };
      await api().create(`${namespace}/pods`, podOf('one', { requests, limits }));
      const used = {
        pods: '1',
        cpu: '500m',
        memory: '252Mi',
        'requests.ephemeral-storage': '30Gi',
        'requests.example.com/dongle': '2',
      };
      await uses(namespace, 'q', used);
      const too = { requests: { cpu: '600m', memory: '100Mi' } };
      expect(await api().refused('Forbidden', 'POST', `${namespace}/pods`, podOf('two', too))).toContain(
        'exceeded quota',
      );
      const dongles = { requests: { ...requests, cpu: '1m', memory: '1Mi', 'ephemeral-storage': '1Mi' }, limits };
      const message = await api().refused('Forbidden', 'POST', `${namespace}/pods`, podOf('three', dongles));
      expect(message).toContain('requests.example.com/dongle');
      const change = { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '100m' } } }] } };
      const answer = await api().ask('PATCH', `${namespace}/pods/one`, change, {
        'content-type': 'application/strategic-merge-patch+json',
      });
      expect(answer.json).toMatchObject({ reason: 'Invalid' });
      await uses(namespace, 'q', used);
      await api().remove(`${namespace}/pods/one?gracePeriodSeconds=0`);
      await uses(namespace, 'q', { pods: '0', cpu: '0', memory: '0', 'requests.ephemeral-storage': '0' });
    });

    test('of one scope counts pods of that scope alone: best effort or not, with a deadline or without', async () => {
      const namespace = await namespaceWith('best', { hard: { pods: '5' }, scopes: ['BestEffort'] });
      const quota = async (name: string, spec: object): Promise<void> => {
        await api().create(`${namespace}/resourcequotas`, { metadata: { name }, spec });
        await uses(namespace, name, { pods: '0' });
      };
      await quota('not-best', { hard: { pods: '5' }, scopes: ['NotBestEffort'] });
      await quota('ending', { hard: { pods: '5' }, scopes: ['Terminating'] });
      await quota('lasting', { hard: { pods: '5' }, scopes: ['NotTerminating'] });
      await api().create(`${namespace}/pods`, podOf('best', {}));
      await uses(namespace, 'best', { pods: '1' });
      await uses(namespace, 'not-best', { pods: '0' });
      await uses(namespace, 'lasting', { pods: '1' });
      const resources = { requests: { cpu: '100m' }, limits: { cpu: '200m' } };
      await api().create(`${namespace}/pods`, podOf('burstable', resources, { activeDeadlineSeconds: 3600 }));
      await uses(namespace, 'not-best', { pods: '1' });
      await uses(namespace, 'ending', { pods: '1' });
      await api().remove(`${namespace}/pods?gracePeriodSeconds=0`);
      for (const name of ['best', 'not-best', 'ending', 'lasting']) await uses(namespace, name, { pods: '0' });
    });

    test('of a priority class counts pods of that class', async () => {
      const className = `quota-class-${api().run}`;
      await api().create('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: className }, value: 1000 });
      const scopeSelector = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: [className] }] };
      const namespace = await namespaceWith('q', { hard: { pods: '1' }, scopeSelector });
      await uses(namespace, 'q', { pods: '0' });
      await api().create(`${namespace}/pods`, podOf('other', {}));
      await api().create(`${namespace}/pods`, podOf('one', {}, { priorityClassName: className }));
      await uses(namespace, 'q', { pods: '1' });
      const two = podOf('two', {}, { priorityClassName: className });
      await api().refused('Forbidden', 'POST', `${namespace}/pods`, two);
      await api().remove(`/apis/scheduling.k8s.io/v1/priorityclasses/${className}`);
    });

    test('can be written a status, which is then counted again', async () => {
      const namespace = await namespaceWith('q', { hard: { cpu: '500m', memory: '500Mi' } });
      await uses(namespace, 'q', { cpu: '0', memory: '0' });
      const path = `${namespace}/resourcequotas/q`;
      const hard = { cpu: '750m', memory: '750Mi' };
      const watch = api().watch(`${namespace}/resourcequotas?fieldSelector=metadata.name%3Dq&resourceVersion=0`);
      await api().update(path, (read) => ({ ...read, status: { hard, used: { cpu: '0', memory: '0' } } }), 'status');
      const seen = await watch.next('the status', ({ object }) =>
        JSON.stringify(object.status['hard']).includes('750m'),
      );
      expect(seen.object.status).toMatchObject({ hard });
      await api().patch(`${path}/status`, 'merge', { status: { hard: { cpu: '400m', memory: '400Mi' } } });
      await watch.next('the status', ({ object }) => JSON.stringify(object.status['hard']).includes('400m'));
      const counted = await api().until('counted', path, ({ status }) => JSON.stringify(status).includes('500m'));
      expect(counted.status).toEqual({ hard: { cpu: '500m', memory: '500Mi' }, used: { cpu: '0', memory: '0' } });
      watch.close();
    });

    test('can be raised, and no longer holds when it is gone', async () => {
      const namespace = await namespaceWith('q', { hard: { 'count/podtemplates': '1' } });
      await uses(namespace, 'q', { 'count/podtemplates': '0' });
      const templateOf = (name: string): object => ({ metadata: { name }, template: { spec: podSpec } });
      await api().create(`${namespace}/podtemplates`, templateOf('one'));
      await api().refused('Forbidden', 'POST', `${namespace}/podtemplates`, templateOf('two'));
      await api().update(`${namespace}/resourcequotas/q`, (read) => ({
        ...read,
        spec: { hard: { 'count/podtemplates': '2' } },
      }));
      await api().until('raised', `${namespace}/resourcequotas/q`, ({ status }) =>
        JSON.stringify(status['hard']).includes('"2"'),
      );
      await api().create(`${namespace}/podtemplates`, templateOf('two'));
      await api().remove(`${namespace}/resourcequotas/q`);
      await api().gone(`${namespace}/resourcequotas/q`);
      await api().create(`${namespace}/podtemplates`, templateOf('three'));
    });
  });
}
