import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const pod = (name: string, spec: object): object => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }], ...spec },
});
const mountsToken = ({ spec }: Read): boolean =>
  JSON.stringify(spec['containers']).includes('/var/run/secrets/kubernetes.io/serviceaccount');

export function accounts(api: () => Api): void {
  describe.concurrent('a service account', () => {
    test('lives: made, patched, found everywhere, updated, deleted with its collection', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('account')}/serviceaccounts`;
      const mine = `labelSelector=test-serviceaccount-static%3D${api().run}`;
      const watch = api().watch(`${all}?${mine}`);
      await api().create(all, { metadata: { name: 'one', labels: { 'test-serviceaccount-static': api().run } } });
      await watch.next('the addition', ({ type }) => type === 'ADDED');
      await api().patch(`${all}/one`, 'strategic', { automountServiceAccountToken: false });
      await watch.next(
        'the patch',
        ({ type, object }) => type === 'MODIFIED' && object['automountServiceAccountToken'] === false,
      );
      expect((await api().get(`/api/v1/serviceaccounts?${mine}`)).items).toHaveLength(1);
      const updated = await api().update(`${all}/one`, (read) => ({ ...read, automountServiceAccountToken: true }));
      expect(updated['automountServiceAccountToken']).toBe(true);
      await api().remove(`${all}?${mine}`);
      await watch.next('the deletion', ({ type }) => type === 'DELETED');
      watch.close();
    });

    test('and its pods say whether a token is mounted; the pod has the last word', async () => {
      const namespace = `/api/v1/namespaces/${await api().namespace('mount')}`;
      for (const [name, automountServiceAccountToken] of [
        ['mount', true],
        ['nomount', false],
      ] as const) {
        await api().create(`${namespace}/serviceaccounts`, { metadata: { name }, automountServiceAccountToken });
      }
      const cases: readonly (readonly [account: string, pod: boolean | undefined, mounted: boolean])[] = [
        ['default', undefined, true],
        ['mount', undefined, true],
        ['nomount', undefined, false],
        ['default', true, true],
        ['mount', true, true],
        ['nomount', true, true],
        ['default', false, false],
        ['mount', false, false],
        ['nomount', false, false],
      ];
      for (const [at, [serviceAccountName, automountServiceAccountToken, mounted]] of cases.entries()) {
        const made = await api().create(
          `${namespace}/pods`,
          pod(`pod-${at}`, { serviceAccountName, automountServiceAccountToken }),
        );
        expect(mountsToken(made), `${serviceAccountName} ${automountServiceAccountToken}`).toBe(mounted);
      }
    });

    test('has the cluster’s certificate beside it, which comes back whatever is done to it', async () => {
      const path = `/api/v1/namespaces/${await api().namespace('root-ca')}/configmaps/kube-root-ca.crt`;
      const { uid } = (await api().until('published', path, () => true)).metadata;
      await api().remove(path);
      const again = await api().until('published again', path, ({ metadata }) => metadata.uid !== uid);
      await api().update(path, (read) => ({ ...read, data: { 'ca.crt': '' } }));
      const restored = await api().until('restored', path, (read) =>
        JSON.stringify(read['data']).includes('BEGIN CERTIFICATE'),
      );
      expect(restored['data']).toEqual(again['data']);
    });
  });
}
