import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const labels = { foo: 'bar' };
const pod = (name: string): object => ({
  metadata: { name, labels },
  spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] },
});
const budget = (name: string, minAvailable: number | string, marks: object = {}): object => ({
  metadata: { name, labels: marks },
  spec: { minAvailable, selector: { matchLabels: labels } },
});
const observed = ({ metadata, status }: Read): boolean => status['observedGeneration'] === metadata.generation;

export function budgets(api: () => Api): void {
  const room = async (
    about: string,
  ): Promise<{ readonly all: string; readonly pods: string; readonly name: string }> => {
    const name = await api().namespace(about);
    return {
      name,
      all: `/apis/policy/v1/namespaces/${name}/poddisruptionbudgets`,
      pods: `/api/v1/namespaces/${name}/pods`,
    };
  };

  describe.concurrent('a disruption budget', () => {
    test('is made, observed, replaced, patched and deleted', async () => {
      const { all } = await room('pdb');
      await api().create(all, budget('foo', '1%', { special: 'label' }));
      await api().until('observed', `${all}/foo`, observed);
      const updated = await api().update(`${all}/foo`, (read) => ({
        ...read,
        spec: { ...read.spec, minAvailable: '2%' },
      }));
      expect(updated.spec).toMatchObject({ minAvailable: '2%' });
      await api().until('observed', `${all}/foo`, observed);
      const patched = await api().patch(`${all}/foo`, 'strategic', { spec: { minAvailable: '3%' } });
      expect(patched.spec).toMatchObject({ minAvailable: '3%' });
      await api().until('observed', `${all}/foo`, observed);
      await api().remove(`${all}/foo`);
      await api().gone(`${all}/foo`);
    });

    test('goes with its collection, and is listed in all namespaces', async () => {
      const { all } = await room('pdbs');
      const other = await room('pdb-other');
      const mark = { special: `label-${api().run}` };
      for (const name of ['foo', 'foo2']) await api().create(all, budget(name, 0, mark));
      await api().create(other.all, budget('foo3', 0, mark));
      const selected = `?labelSelector=special%3Dlabel-${api().run}`;
      const everywhere = await api().get(`/apis/policy/v1/poddisruptionbudgets${selected}`);
      expect(everywhere.items.map(({ metadata }) => metadata.name).toSorted()).toEqual(['foo', 'foo2', 'foo3']);
      await api().remove(`${all}${selected}`);
      await api().until('gone', `${all}${selected}`, ({ items }) => items.length === 0);
      expect((await api().get(other.all)).items).toHaveLength(1);
    });

    test('says what it counts, and takes a status that is patched or replaced', async () => {
      const { all, pods } = await room('pdb-status');
      await api().create(all, budget('foo', 1));
      for (const name of ['one', 'two', 'three']) await api().create(pods, pod(name));
      const counted = await api().until('counted', `${all}/foo`, ({ status }) => status['currentHealthy'] === 3);
      expect(counted.status).toMatchObject({ expectedPods: 3, desiredHealthy: 1, disruptionsAllowed: 2 });
      const patched = await api().patch(`${all}/foo/status`, 'merge', {
        status: { observedGeneration: 2, disruptedPods: { three: '2026-01-01T00:00:00Z' } },
      });
      expect(patched.status).toMatchObject({ disruptedPods: { three: '2026-01-01T00:00:00Z' } });
      const replaced = await api().update(
        `${all}/foo`,
        (read) => ({ ...read, status: { ...read.status, disruptedPods: { two: '2026-01-01T00:00:00Z' } } }),
        'status',
      );
      expect(replaced.status['disruptedPods']).toMatchObject({ two: '2026-01-01T00:00:00Z' });
    });

    test('blocks an eviction until it allows one, and an eviction without a budget is let through', async () => {
      const { all, pods } = await room('evict');
      const eviction = (name: string): object => ({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
      for (const name of ['one', 'two', 'three']) await api().create(pods, pod(name));
      await api().until('running', pods, ({ items }) => items.every(({ status }) => status['phase'] === 'Running'));
      const let1 = await api().create(`${pods}/one/eviction`, eviction('one'));
      expect(let1).toMatchObject({ kind: 'Status', status: 'Success' });
      await api().gone(`${pods}/one`);
      await api().create(all, budget('foo', 2));
      await api().until('observed', `${all}/foo`, ({ status }) => status['currentHealthy'] === 2);
      const refused = await api().ask('POST', `${pods}/two/eviction`, eviction('two'));
      expect(refused.status).toBe(429);
      expect(refused.json).toMatchObject({
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
        details: { causes: [{ reason: 'DisruptionBudget' }] },
      });
      await api().update(`${all}/foo`, (read) => ({ ...read, spec: { ...read.spec, minAvailable: 1 } }));
      await api().until('one allowed', `${all}/foo`, ({ status }) => status['disruptionsAllowed'] === 1);
      await api().create(`${pods}/two/eviction`, eviction('two'));
      await api().gone(`${pods}/two`);
      const again = await api().ask('POST', `${pods}/three/eviction`, eviction('three'));
      expect(again.status).toBe(429);
      await api().remove(`${all}/foo`);
      await api().create(`${pods}/three/eviction`, eviction('three'));
      await api().gone(`${pods}/three`);
    });
  });
}
