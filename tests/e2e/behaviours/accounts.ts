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

    test('may do what reviews say of it, asked by whoever acts as it', async () => {
      const name = await api().namespace('review');
      const made = await api().create(`/api/v1/namespaces/${name}/serviceaccounts`, { metadata: { name: 'e2e' } });
      const user = `system:serviceaccount:${name}:e2e`;
      const groups = ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${name}`];
      const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace: name, version: 'v1' };
      const authorization = '/apis/authorization.k8s.io/v1';
      const review = { metadata: {}, spec: { resourceAttributes, user, groups, uid: made.metadata.uid } };
      const { allowed } = (await api().create(`${authorization}/subjectaccessreviews`, review)).status;
      const local = { metadata: { namespace: name }, spec: review.spec };
      const here = await api().create(`${authorization}/namespaces/${name}/localsubjectaccessreviews`, local);
      expect(here.status['allowed']).toBe(allowed);
      const acting = { 'impersonate-user': user, 'impersonate-uid': made.metadata.uid };
      const listed = await api().ask('GET', `/api/v1/namespaces/${name}/configmaps`, undefined, acting);
      expect(listed.status).toBe(allowed === true ? 200 : 403);
      const self = { metadata: {} };
      const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const answer = await api().do('POST', path, self, {
        'impersonate-user': 'jane-doe',
        'impersonate-uid': 'uniq-id',
        'impersonate-group': ['system:authenticated', 'developers'],
        'impersonate-extra-known-languages': ['python', 'javascript'],
      });
      expect(answer.status).toEqual({
        userInfo: {
          username: 'jane-doe',
          uid: 'uniq-id',
          groups: ['system:authenticated', 'developers'],
          extra: { 'known-languages': ['python', 'javascript'] },
        },
      });
      const own = await api().create(path, self);
      expect(own.status).toMatchObject({ userInfo: { groups: expect.arrayContaining(['system:authenticated']) } });
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
