import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';
import { REQUEST, CERTIFICATE } from './certificate-request.ts';

const conditionsOf = ({ status }: Read): readonly { readonly type: string }[] =>
  (status['conditions'] as readonly { readonly type: string }[] | undefined) ?? [];
const annotated = (read: Read, mark: string): Read => ({
  ...read,
  metadata: { ...read.metadata, annotations: { ...read.metadata.annotations, [mark]: 'true' } },
});

export function certificates(api: () => Api): void {
  describe.concurrent('a certificate signing request', () => {
    test('is made, approved through approval alone, signed through its status alone, and deleted', async () => {
      const all = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
      const signerName = `example.com/e2e-${api().run}`;
      const mine = `fieldSelector=spec.signerName%3D${encodeURIComponent(signerName)}`;
      const template = {
        metadata: { generateName: 'e2e-example-csr-' },
        spec: {
          request: REQUEST,
          signerName,
          expirationSeconds: 3600,
          usages: ['digital signature', 'key encipherment', 'server auth'],
        },
      };
      await api().create(all, template);
      await api().create(all, template);
      const made = await api().create(all, template);
      expect(made.spec['username']).toBeTypeOf('string');
      expect(made.spec['expirationSeconds']).toBe(3600);
      const list = await api().get(`${all}?${mine}`);
      expect(list.items).toHaveLength(3);
      const watch = api().watch(`${all}?${mine}&resourceVersion=${list.metadata.resourceVersion}`);
      const path = `${all}/${made.metadata.name}`;
      await api().patch(path, 'merge', { metadata: { annotations: { patched: 'true' } } });
      await api().update(path, (read) => annotated(read, 'updated'));
      await watch.next(
        'the update',
        ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['updated'] === 'true',
      );

      const approval = await api().get(`${path}/approval`);
      expect(approval).toMatchObject({ kind: 'CertificateSigningRequest', metadata: { uid: made.metadata.uid } });
      const patched = await api().patch(`${path}/approval`, 'merge', {
        metadata: { annotations: { patchedapproval: 'true' } },
        status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] },
      });
      expect(conditionsOf(patched).map(({ type }) => type)).toEqual(['ApprovalPatch']);
      expect(patched.metadata.annotations).toMatchObject({ patchedapproval: 'true' });
      const approved = await api().update(
        path,
        (read) => ({
          ...read,
          status: {
            conditions: [...conditionsOf(read), { type: 'Approved', status: 'True', reason: 'E2E', message: 'Set' }],
          },
        }),
        'approval',
      );
      expect(conditionsOf(approved).map(({ type }) => type)).toEqual(['ApprovalPatch', 'Approved']);

      expect((await api().get(`${path}/status`)).kind).toBe('CertificateSigningRequest');
      const signed = await api().patch(`${path}/status`, 'merge', {
        metadata: { annotations: { patchedstatus: 'true' } },
        status: { certificate: CERTIFICATE },
      });
      expect(signed.status['certificate']).toBe(CERTIFICATE);
      expect(signed.metadata.annotations).toMatchObject({ patchedstatus: 'true' });
      const updated = await api().update(
        path,
        (read) => ({
          ...read,
          status: {
            ...read.status,
            conditions: [...conditionsOf(read), { type: 'StatusUpdate', status: 'True', reason: 'E2E' }],
          },
        }),
        'status',
      );
      expect(conditionsOf(updated).map(({ type }) => type)).toEqual(['ApprovalPatch', 'Approved', 'StatusUpdate']);
      await api().remove(path);
      await api().gone(path);
      await api().remove(`${all}?${mine}`);
      expect((await api().get(`${all}?${mine}`)).items).toEqual([]);
      watch.close();
    });
  });
}
