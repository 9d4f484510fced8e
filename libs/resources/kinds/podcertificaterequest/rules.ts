import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../../field-error.ts';
import type { PodCertificateRequest, PodCertificateRequestSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, invalid, invalids, type Path, required, tooLong } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import type { GivenMap } from '../../validation/labels.ts';
import { validateSignerName } from '../../validation/signer-name.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateVerdict } from './status.ts';

const DAY_SECONDS = 86_400;
const MINIMUM_SECONDS = 3600;
const MAXIMUM_SECONDS = 91 * DAY_SECONDS;
const UID_CHARACTERS = 128;
const KEY_BYTES = 10 * 1024;

function validate({ spec = {} }: Given<PodCertificateRequest>): readonly FieldError[] {
  const { signerName = '', podName = '', serviceAccountName = '', nodeName = '' } = spec;
  return [
    ...validateSignerName(signerName, 'spec.signerName'),
    ...validateAnnotations(spec.unverifiedUserAnnotations ?? {}, 'spec.unverifiedUserAnnotations'),
    ...invalids('spec.podName', podName, dns1123Subdomain(podName)),
    ...validateUid(spec, 'podUID'),
    ...invalids('spec.serviceAccountName', serviceAccountName, dns1123Subdomain(serviceAccountName)),
    ...validateUid(spec, 'serviceAccountUID'),
    ...invalids('spec.nodeName', nodeName, dns1123Subdomain(nodeName)),
    ...validateUid(spec, 'nodeUID'),
    ...validateExpiration(spec),
    ...validateKeys(spec),
  ];
}

/** Annotations by which a pod tells its signer something: every key has a domain of its author's. */
function validateAnnotations(annotations: GivenMap, path: Path): readonly FieldError[] {
  const entries = Object.entries(annotations);
  const errors = entries.flatMap(([name]) => {
    const key = name.toLowerCase();
    if (key === '') return [required(path)];
    const faults = qualifiedName(key);
    if (faults.length > 0) return invalids(path, key, faults);
    return key.includes('/') ? [] : [invalid(path, key, 'must be a domain-prefixed key (such as "acme.io/foo")')];
  });
  const bytes = entries.reduce(
    (total, [name, value = '']) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  return bytes > limits.annotationsBytes ? [...errors, tooLong(path, limits.annotationsBytes)] : errors;
}

function validateUid(
  spec: Given<PodCertificateRequestSpec>,
  field: 'podUID' | 'serviceAccountUID' | 'nodeUID',
): readonly FieldError[] {
  const [uid, path] = [spec[field] ?? '', child('spec', field)];
  if (uid === '') return [invalid(path, uid, 'must not be empty')];
  return uid.length > UID_CHARACTERS ? [tooLong(path, UID_CHARACTERS)] : [];
}

/** Certificates of Kubernetes' own signers live for a day at most. */
function validateExpiration({ maxExpirationSeconds: seconds, signerName = '' }: Given<PodCertificateRequestSpec>) {
  const path = 'spec.maxExpirationSeconds';
  if (seconds === undefined) return [required(path, 'must be set')];
  const [host = ''] = signerName.split('/', 1);
  const isOwn = host === 'kubernetes.io' || host.endsWith('.kubernetes.io');
  const maximum = isOwn ? DAY_SECONDS : MAXIMUM_SECONDS;
  if (seconds >= MINIMUM_SECONDS && seconds <= maximum) return [];
  return [invalid(path, seconds, `must be in the range [${MINIMUM_SECONDS}, ${maximum}]`)];
}

function validateKeys(spec: Given<PodCertificateRequestSpec>): readonly FieldError[] {
  return (['pkixPublicKey', 'proofOfPossession', 'stubPKCS10Request'] as const)
    .filter((field) => Buffer.from(spec[field] ?? '', 'base64').length > KEY_BYTES)
    .map((field) => tooLong(child('spec', field), KEY_BYTES));
}

export const podCertificateRequestRules = rulesOf<PodCertificateRequest>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults(request) {
    if (request.spec !== undefined) request.spec.maxExpirationSeconds ??= DAY_SECONDS;
  },
  initialStatus: () => ({}),
  statusAlone: true,
  validateCreation: validate,
  validateUpdate: (next, previous) => validateImmutable(next.spec, previous.spec, 'spec'),
  validateStatus: validateVerdict,
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
