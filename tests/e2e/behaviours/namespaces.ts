import { describe, expect, test } from 'vitest';
import type { Api } from './api.ts';

const pod = { metadata: { name: 'one' }, spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] } };
const service = {
  metadata: { name: 'one' },
  spec: { selector: { foo: 'bar' }, ports: [{ port: 80, targetPort: 80 }] },
};

export function namespaces(api: () => Api): void {
  describe.concurrent('a namespace', () => {
    test.each([
      ['pods', pod],
      ['services', service],
    ])('takes its %s with it when it is deleted, and comes back empty', async (resource, object) => {
      const name = await api().namespace('nsdelete');
      const all = `/api/v1/namespaces/${name}/${resource}`;
      await api().create(all, object);
      if (resource === 'pods') await api().until('runs', `${all}/one`, ({ status }) => status['phase'] === 'Running');
      const answer = await api().remove(`/api/v1/namespaces/${name}`);
      expect(answer).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
      await api().gone(`/api/v1/namespaces/${name}`, 90_000);
      await api().create('/api/v1/namespaces', { metadata: { name } });
      await api().refused('NotFound', 'GET', `${all}/one`);
      await api().until('a default account', `/api/v1/namespaces/${name}/serviceaccounts/default`, () => true);
    });

    test('refuses what is new while it ends, and says so', async () => {
      const name = await api().namespace('nsending');
      const all = `/api/v1/namespaces/${name}/configmaps`;
      await api().create(all, { metadata: { name: 'held', finalizers: ['example.com/hold'] } });
      await api().remove(`/api/v1/namespaces/${name}`);
      const message = await api().refused('Forbidden', 'POST', all, { metadata: { name: 'late' } });
      expect(message).toContain('because it is being terminated');
      const isHeld = (type: string) => (read: { status: Readonly<Record<string, unknown>> }) =>
        JSON.stringify(read.status['conditions'] ?? []).includes(`"type":"${type}","status":"True"`) ||
        (read.status['conditions'] as readonly { type: string; status: string }[] | undefined)?.some(
          (condition) => condition.type === type && condition.status === 'True',
        ) === true;
      await api().until('says why', `/api/v1/namespaces/${name}`, isHeld('NamespaceFinalizersRemaining'));
      await api().patch(`${all}/held`, 'merge', { metadata: { finalizers: null } });
      await api().gone(`/api/v1/namespaces/${name}`);
    });

    test('gives up its pods before anything else, and the rest when they are gone', async () => {
      const name = await api().namespace('nsordered');
      const inside = `/api/v1/namespaces/${name}`;
      const metadata = { name: 'one', finalizers: ['e2e.example.com/finalizer'] };
      await api().create(`${inside}/pods`, { ...pod, metadata });
      await api().until('runs', `${inside}/pods/one`, ({ status }) => status['phase'] === 'Running');
      await api().create(`${inside}/configmaps`, { metadata: { name: 'one' }, data: { a: 'b' } });
      await api().remove(inside);
      await api().until(
        'is going',
        `${inside}/pods/one`,
        ({ metadata: { deletionTimestamp } }) => deletionTimestamp !== undefined,
      );
      const kept = await api().get(`${inside}/configmaps/one`);
      expect(kept.metadata.deletionTimestamp).toBeUndefined();
      await api().until('says what is left', inside, ({ status }) =>
        JSON.stringify(status).includes('e2e.example.com/finalizer in 1 resource instances'),
      );
      expect((await api().get(`${inside}/configmaps/one`)).metadata.deletionTimestamp).toBeUndefined();
      await api().patch(`${inside}/pods/one`, 'merge', { metadata: { finalizers: null } });
      await api().gone(inside, 60_000);
    });

    test('is patched and updated, and its status too', async () => {
      const name = await api().namespace('nsstatus');
      const path = `/api/v1/namespaces/${name}`;
      const patched = await api().patch(path, 'strategic', { metadata: { labels: { testLabel: 'testValue' } } });
      expect(patched.metadata.labels).toMatchObject({ testLabel: 'testValue', 'kubernetes.io/metadata.name': name });
      const updated = await api().update(path, (read) => ({
        ...read,
        metadata: { ...read.metadata, labels: { ...read.metadata.labels, updated: 'true' } },
      }));
      expect(updated.metadata.labels).toMatchObject({ updated: 'true', testLabel: 'testValue' });
      const condition = { type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by a test' };
      const status = await api().patch(`${path}/status`, 'merge', {
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { conditions: [condition] },
      });
      expect(status).toMatchObject({
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { phase: 'Active', conditions: [condition] },
      });
      const more = { ...condition, type: 'StatusUpdate' };
      const replaced = await api().update(
        path,
        (read) => ({ ...read, status: { ...read.status, conditions: [condition, more] } }),
        'status',
      );
      expect(replaced.status).toMatchObject({ conditions: [condition, more] });
    });

    test('waits for a finalizer of its own until its finalize subresource takes it away', async () => {
      const name = await api().namespace('nsfinalize');
      const path = `/api/v1/namespaces/${name}`;
      const held = await api().update(
        path,
        (read) => ({ ...read, spec: { finalizers: ['kubernetes', 'e2e.example.com/fakeFinalizer'] } }),
        'finalize',
      );
      expect(held.spec).toEqual({ finalizers: ['kubernetes', 'e2e.example.com/fakeFinalizer'] });
      await api().remove(path);
      await api().until('only ours is left', path, ({ spec }) => !JSON.stringify(spec).includes('"kubernetes"'));
      const released = await api().update(path, (read) => ({ ...read, spec: { finalizers: [] } }), 'finalize');
      expect(released.metadata.name).toBe(name);
      await api().gone(path);
    });
  });
}
