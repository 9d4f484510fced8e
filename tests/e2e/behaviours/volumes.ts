import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

export function volumes(api: () => Api): void {
  describe.concurrent('volumes and claims', () => {
    test('live: made, listed, patched, deleted, made again, updated, deleted with their collections', async () => {
      const claims = `/api/v1/namespaces/${await api().namespace('volumes')}/persistentvolumeclaims`;
      const pool = `pv-pool-${api().run}`;
      const mine = `labelSelector=e2e-pv-pool%3D${pool}`;
      const volume = {
        metadata: { generateName: 'pv-', labels: { 'e2e-pv-pool': pool } },
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          persistentVolumeReclaimPolicy: 'Retain',
          storageClassName: pool,
          csi: { driver: 'e2e-driver.example.com', volumeHandle: 'e2e-status-conformance' },
        },
      };
      const claim = {
        metadata: { generateName: 'pvc-', labels: { 'e2e-pv-pool': pool } },
        spec: { storageClassName: pool, accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      };
      const volumesOf = '/api/v1/persistentvolumes';
      for (const round of ['one by one', 'together']) {
        const pv = await api().create(volumesOf, volume);
        const pvc = await api().create(claims, claim);
        expect((await api().get(`${volumesOf}?${mine}`)).items).toHaveLength(1);
        expect((await api().get(`${claims}?${mine}`)).items).toHaveLength(1);
        for (const path of [`${volumesOf}/${pv.metadata.name}`, `${claims}/${pvc.metadata.name}`]) {
          const patched = await api().patch(path, 'strategic', {
            metadata: { labels: { patched: round.slice(0, 3) } },
          });
          expect(patched.metadata.labels).toMatchObject({ patched: round.slice(0, 3) });
          const updated = await api().update(path, (read: Read) => ({
            ...read,
            metadata: { ...read.metadata, labels: { ...read.metadata.labels, updated: 'true' } },
          }));
          expect(updated.metadata.labels).toMatchObject({ updated: 'true' });
        }
        const together = round === 'together';
        await api().remove(together ? `${claims}?${mine}` : `${claims}/${pvc.metadata.name}`);
        await api().gone(`${claims}/${pvc.metadata.name}`);
        await api().remove(together ? `${volumesOf}?${mine}` : `${volumesOf}/${pv.metadata.name}`);
        await api().gone(`${volumesOf}/${pv.metadata.name}`);
      }
    });

    test('of drivers are asked for in the pod itself', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('inline')}/pods`;
      const made = await api().create(all, {
        metadata: { name: 'inline', labels: { 'test-pod-static': 'true' } },
        spec: {
          containers: [
            { name: 'c', image: 'registry.k8s.io/pause:3.10', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
          ],
          volumes: [{ name: 'v', csi: { driver: 'inline.example.com', volumeAttributes: { foo: 'bar' } } }],
          nodeSelector: { nowhere: 'true' },
        },
      });
      expect(made.spec['volumes']).toContainEqual({
        name: 'v',
        csi: { driver: 'inline.example.com', volumeAttributes: { foo: 'bar' } },
      });
      expect((await api().get(`${all}?labelSelector=test-pod-static`)).items).toHaveLength(1);
      const patched = await api().patch(`${all}/inline`, 'merge', { metadata: { labels: { csi: 'inline' } } });
      expect(patched.metadata.labels).toMatchObject({ csi: 'inline' });
      await api().remove(`${all}?labelSelector=csi%3Dinline`);
      await api().until('none', all, ({ items }) => items.length === 0);
    });
  });
}
