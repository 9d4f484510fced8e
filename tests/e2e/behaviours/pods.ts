import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const IMAGE = 'registry.k8s.io/e2e-test-images/agnhost:2.53';
const OTHER_IMAGE = 'registry.k8s.io/e2e-test-images/httpd:2.4.39-4';
const pod = (name: string, labels: object = {}, more: object = {}): object => ({
  metadata: { name, labels },
  spec: { terminationGracePeriodSeconds: 1, containers: [{ name, image: IMAGE }], ...more },
});
const running = ({ status }: Read): boolean => status['phase'] === 'Running';

/** What a virtual container goes by in the place of a command: it ends by itself with this code. */
const ending = (code: number): readonly object[] => [
  { name: 'SIMULATED_EXIT_AFTER_MS', value: '20' },
  { name: 'SIMULATED_EXIT_CODE', value: String(code) },
];

interface Condition {
  readonly type: string;
  readonly status: string;
}
const conditionsOf = ({ status }: Read): readonly Condition[] =>
  (status['conditions'] as readonly Condition[] | undefined) ?? [];

export function pods(api: () => Api): void {
  const podsOf = async (about: string): Promise<string> => `/api/v1/namespaces/${await api().namespace(about)}/pods`;

  describe.concurrent('a pod', () => {
    test('lives: seen to start, patched, its readiness replaced, deleted with its collection', async () => {
      const all = await podsOf('pod');
      const mine = 'labelSelector=test-pod-static%3Dtrue';
      const { resourceVersion } = (await api().get(`/api/v1/pods?${mine}`)).metadata;
      await api().create(all, pod('pod-test', { 'test-pod-static': 'true' }));
      const watch = api().watch(`${all}?${mine}&resourceVersion=${resourceVersion}`);
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await watch.next(
        'running and ready',
        ({ object }) =>
          running(object) && conditionsOf(object).some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      const patch = {
        metadata: { creationTimestamp: null, labels: { 'test-pod': 'patched' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [{ name: 'pod-test', image: OTHER_IMAGE, resources: {} }],
        },
        status: {},
      };
      const patched = await api().patch(`${all}/pod-test`, 'strategic', patch);
      expect(patched.metadata.labels).toEqual({ 'test-pod-static': 'true', 'test-pod': 'patched' });
      expect(patched.spec).toMatchObject({ containers: [{ image: OTHER_IMAGE }] });
      const unready = await api().update(
        `${all}/pod-test`,
        (read) => {
          const conditions = conditionsOf(read).map((condition) =>
            condition.type === 'Ready' || condition.type === 'ContainersReady'
              ? { ...condition, status: 'False' }
              : condition,
          );
          return { ...read, status: { ...read.status, conditions } };
        },
        'status',
      );
      expect(
        conditionsOf(unready)
          .filter(({ status }) => status === 'False')
          .map(({ type }) => type),
      ).toEqual(expect.arrayContaining(['Ready', 'ContainersReady']));
      await api().remove(`${all}?${mine}`, { gracePeriodSeconds: 1 });
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      await api().refused('NotFound', 'GET', `${all}/pod-test`);
      watch.close();
    });

    test('is given time to end, and says so while it does', async () => {
      const all = await podsOf('removed');
      const { resourceVersion } = (await api().get(`${all}?labelSelector=time`)).metadata;
      const watch = api().watch(`${all}?labelSelector=time&resourceVersion=${resourceVersion}`);
      await api().create(all, pod('one', { name: 'foo', time: '1' }, { terminationGracePeriodSeconds: 30 }));
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await api().until('running', `${all}/one`, running);
      const answer = await api().remove(`${all}/one`, { gracePeriodSeconds: 30 });
      expect(answer.kind).toBe('Pod');
      const last = await watch.next('the deletion', ({ type }) => type === 'DELETED');
      expect(last.object.metadata).toMatchObject({
        deletionTimestamp: expect.any(String),
        deletionGracePeriodSeconds: expect.any(Number),
      });
      expect((await api().get(`${all}?labelSelector=time`)).items).toEqual([]);
      watch.close();
    });

    test('of several is deleted with its collection', async () => {
      const all = await podsOf('collection');
      for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3']) {
        await api().create(all, pod(name, { type: 'Testing' }, { restartPolicy: 'Never' }));
      }
      await api().until('running', all, ({ items }) => items.length === 3 && items.every(running));
      await api().remove(`${all}?labelSelector=type%3DTesting`, { gracePeriodSeconds: 1 });
      await api().until('gone', `${all}?labelSelector=type%3DTesting`, ({ items }) => items.length === 0);
    });

    test('has labels and a deadline that can be changed; the deadline ends it', async () => {
      const all = await podsOf('updated');
      await api().create(all, pod('one', { time: '1' }));
      await api().until('running', `${all}/one`, running);
      await api().update(`${all}/one`, (read) => ({ ...read, metadata: { ...read.metadata, labels: { time: '2' } } }));
      expect((await api().get(`${all}?labelSelector=time%3D2`)).items).toHaveLength(1);
      await api().update(`${all}/one`, (read) => ({ ...read, spec: { ...read.spec, activeDeadlineSeconds: 1 } }));
      const ended = await api().until('ended', `${all}/one`, ({ status }) => status['phase'] === 'Failed');
      expect(ended.status['reason']).toBe('DeadlineExceeded');
    });

    test('has a status that is patched, and addresses of its host', async () => {
      const all = await podsOf('status');
      await api().create(all, pod('one'));
      const started = await api().until('running', `${all}/one`, running);
      expect(started.status).toMatchObject({ hostIP: expect.any(String), hostIPs: [{ ip: started.status['hostIP'] }] });
      expect(started.status).toMatchObject({ podIP: expect.any(String), podIPs: [{ ip: started.status['podIP'] }] });
      const patched = await api().patch(`${all}/one/status`, 'merge', {
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { message: 'Patched by a test', reason: 'E2E' },
      });
      expect(patched.status).toMatchObject({ message: 'Patched by a test', reason: 'E2E' });
      expect(patched.metadata.annotations).toMatchObject({ patchedstatus: 'true' });
    });

    test('is of the class its requests and limits make it', async () => {
      const all = await podsOf('qos');
      const amounts = { cpu: '100m', memory: '100Mi' };
      const made = await api().create(
        all,
        pod(
          'one',
          { name: 'foo' },
          {
            containers: [{ name: 'c', image: IMAGE, resources: { limits: amounts, requests: amounts } }],
          },
        ),
      );
      expect(made.status['qosClass']).toBe('Guaranteed');
      expect((await api().create(all, pod('two'))).status['qosClass']).toBe('BestEffort');
    });

    test('is given ephemeral containers, which stay', async () => {
      const all = await podsOf('ephemeral');
      await api().create(all, pod('one'));
      await api().until('running', `${all}/one`, running);
      const ephemeral = (name: string): object => ({ name, image: OTHER_IMAGE, terminationMessagePolicy: 'File' });
      const patched = await api().patch(`${all}/one/ephemeralcontainers`, 'strategic', {
        spec: { ephemeralContainers: [ephemeral('debugger')] },
      });
      expect(patched.spec).toMatchObject({ ephemeralContainers: [{ name: 'debugger' }] });
      const updated = await api().update(
        `${all}/one`,
        (read) => ({
          ...read,
          spec: {
            ...read.spec,
            ephemeralContainers: [...(read.spec['ephemeralContainers'] as object[]), ephemeral('debugger2')],
          },
        }),
        'ephemeralcontainers',
      );
      expect(updated.spec).toMatchObject({ ephemeralContainers: [{ name: 'debugger' }, { name: 'debugger2' }] });
      await api().refused('Invalid', 'PUT', `${all}/one/ephemeralcontainers`, {
        ...updated,
        metadata: { name: 'one', namespace: updated.metadata.namespace },
        spec: { ...updated.spec, ephemeralContainers: [] },
      });
    });

    test('can ask for a runtime class that is there, with its overhead, and not for one that is not', async () => {
      const all = await podsOf('runtime');
      const classes = '/apis/node.k8s.io/v1/runtimeclasses';
      const name = `runtime-${api().run}`;
      await api().create(classes, {
        metadata: { name },
        handler: 'test-handler',
        overhead: { podFixed: { cpu: '10m', memory: '1Mi' } },
      });
      const made = await api().create(all, pod('one', {}, { runtimeClassName: name }));
      expect(made.spec['overhead']).toEqual({ cpu: '10m', memory: '1Mi' });
      await api().refused('Forbidden', 'POST', all, pod('two', {}, { runtimeClassName: 'nonexistent' }));
      await api().remove(`${classes}/${name}`);
      await api().gone(`${classes}/${name}`);
      await api().refused('Forbidden', 'POST', all, pod('three', {}, { runtimeClassName: name }));
    });

    test('has init containers that run before it, in their order', async () => {
      const all = await podsOf('init');
      const init = ['init1', 'init2'].map((name) => ({ name, image: IMAGE, env: ending(0) }));
      const watch = api().watch(`${all}?fieldSelector=metadata.name%3Dpod-init`);
      await api().create(all, pod('pod-init', {}, { restartPolicy: 'Always', initContainers: init }));
      const started = await watch.next('running', ({ object }) => running(object));
      expect(conditionsOf(started.object)).toContainEqual(
        expect.objectContaining({ type: 'Initialized', status: 'True' }),
      );
      expect(started.object.status['initContainerStatuses']).toMatchObject([
        { name: 'init1', state: { terminated: { exitCode: 0 } } },
        { name: 'init2', state: { terminated: { exitCode: 0 } } },
      ]);
      watch.close();
    });

    test('does not start before its init containers are through; whether it fails with them is its policy', async () => {
      const all = await podsOf('init-fails');
      const initContainers = ['init1', 'init2'].map((name) => ({ name, image: IMAGE, env: ending(1) }));
      for (const restartPolicy of ['Never', 'Always']) {
        await api().create(all, pod(restartPolicy.toLowerCase(), {}, { restartPolicy, initContainers }));
      }
      const failed = await api().until('failed', `${all}/never`, ({ status }) => status['phase'] === 'Failed');
      expect(failed.status).toMatchObject({
        initContainerStatuses: [
          { state: { terminated: { exitCode: 1, reason: 'Error' } } },
          { state: { waiting: { reason: 'PodInitializing' } } },
        ],
        containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } }, ready: false }],
      });
      const tried = await api().until('tried again', `${all}/always`, ({ status }) => {
        const [first] =
          (status['initContainerStatuses'] as readonly { readonly restartCount: number }[] | undefined) ?? [];
        return (first?.restartCount ?? 0) > 0;
      });
      expect(conditionsOf(tried)).toContainEqual(
        expect.objectContaining({
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: 'containers with incomplete status: [init1 init2]',
        }),
      );
      expect(tried.status).toMatchObject({
        phase: 'Pending',
        containerStatuses: [{ ready: false, state: { waiting: {} } }],
      });
    });

    test('that is through says how it ended, in its phase and in its containers', async () => {
      const all = await podsOf('ended');
      for (const [name, code] of [
        ['succeeds', 0],
        ['fails', 7],
      ] as const) {
        const containers = [{ name, image: IMAGE, env: ending(code) }];
        await api().create(all, pod(name, {}, { restartPolicy: 'Never', containers }));
      }
      const succeeded = await api().until('ended', `${all}/succeeds`, ({ status }) => status['phase'] === 'Succeeded');
      expect(succeeded.status).toMatchObject({
        containerStatuses: [{ state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      });
      const failed = await api().until('ended', `${all}/fails`, ({ status }) => status['phase'] === 'Failed');
      expect(failed.status).toMatchObject({
        containerStatuses: [{ state: { terminated: { exitCode: 7, reason: 'Error' } } }],
      });
      expect((await api().get(`${all}?fieldSelector=status.phase%3DFailed`)).items).toHaveLength(1);
    });

    test.each([
      [
        'sysctls',
        {
          securityContext: {
            sysctls: [
              { name: 'foo-', value: 'bar' },
              { name: 'kernel.shmmax', value: '1' },
            ],
          },
        },
        ['foo-'],
      ],
      ['a negative deadline', { activeDeadlineSeconds: -1 }, ['activeDeadlineSeconds']],
    ])('is refused with invalid %s, and told which', async (_what, more, named) => {
      const all = await podsOf('refused');
      const message = await api().refused('Invalid', 'POST', all, pod('one', {}, more));
      for (const name of named) expect(message).toContain(name);
    });
  });

  describe.concurrent('contents of volumes', () => {
    test.each(['configmaps', 'secrets'])('of immutable %s stay, and immutable it stays', async (resource) => {
      const all = `/api/v1/namespaces/${await api().namespace('immutable')}/${resource}`;
      await api().create(all, { metadata: { name: 'one' }, data: { a: 'MQ==' } });
      await api().patch(`${all}/one`, 'merge', { data: { a: 'Mg==' } });
      await api().patch(`${all}/one`, 'merge', { immutable: true });
      const current = await api().get(`${all}/one`);
      await api().refused('Invalid', 'PUT', `${all}/one`, { ...current, data: { a: 'Mw==' } });
      await api().refused('Invalid', 'PUT', `${all}/one`, { ...current, immutable: false });
      await api().patch(`${all}/one`, 'merge', { metadata: { labels: { still: 'labelled' } } });
      await api().remove(`${all}/one`);
    });

    test.each(['configmaps', 'secrets'])('of %s have keys that are not empty', async (resource) => {
      const all = `/api/v1/namespaces/${await api().namespace('keys')}/${resource}`;
      await api().refused('Invalid', 'POST', all, { metadata: { name: 'one' }, data: { '': 'MQ==' } });
    });

    test('of a secret are patched as strings and found by their new label', async () => {
      const namespace = await api().namespace('secret');
      const all = `/api/v1/namespaces/${namespace}/secrets`;
      await api().create(all, { metadata: { name: 'one', labels: { testsecret: 'true' } }, data: { key: 'dmFsdWU=' } });
      await api().patch(`${all}/one`, 'strategic', {
        metadata: { labels: { 'testsecret-constant': api().run } },
        data: { key: 'dmFsdWUx' },
      });
      const selected = `labelSelector=testsecret-constant%3D${api().run}`;
      const found = await api().get(`/api/v1/secrets?${selected}`);
      expect(found.items).toMatchObject([{ metadata: { name: 'one' }, data: { key: 'dmFsdWUx' } }]);
      await api().remove(`${all}?${selected}`);
      expect((await api().get(`/api/v1/secrets?${selected}`)).items).toEqual([]);
    });
  });
}
