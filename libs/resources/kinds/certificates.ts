import type { ResourceDefinition } from '../definition.ts';
import { defineResource, statusOf } from './definitions.ts';
import { certificateSigningRequestColumns, certificateSigningRequestRules } from './certificatesigningrequest/rules.ts';
import { clusterTrustBundleRules } from './clustertrustbundle/rules.ts';
import { PLAIN_COLUMNS } from './plain.ts';
import { podCertificateRequestRules } from './podcertificaterequest/rules.ts';

/** The resources of `certificates.k8s.io`. */
export const certificatesResources: readonly ResourceDefinition[] = Object.freeze([
  defineResource({
    group: 'certificates.k8s.io',
    kind: 'CertificateSigningRequest',
    namespaced: false,
    shortNames: ['csr'],
    subresources: [
      { name: 'approval', kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
      statusOf('CertificateSigningRequest'),
    ],
    columns: certificateSigningRequestColumns,
    rules: certificateSigningRequestRules,
  }),
  defineResource({
    group: 'certificates.k8s.io',
    version: 'v1beta1',
    kind: 'ClusterTrustBundle',
    namespaced: false,
    columns: PLAIN_COLUMNS,
    rules: clusterTrustBundleRules,
  }),
  defineResource({
    group: 'certificates.k8s.io',
    version: 'v1beta1',
    kind: 'PodCertificateRequest',
    subresources: [statusOf('PodCertificateRequest')],
    columns: PLAIN_COLUMNS,
    rules: podCertificateRequestRules,
  }),
]);
