import type { FieldError } from '../../field-error.ts';
import type { CertificateSigningRequest } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { duplicate, index, invalid, notSupported, required } from '../../validation/field.ts';
import { validateSignerName } from '../../validation/signer-name.ts';
import { age, NONE } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { humanDuration } from '../duration.ts';
import { nullTimes } from '../null-times.ts';
import { equal, rulesOf } from '../strategy.ts';
import { keepOthersPart, validateVerdicts } from './conditions.ts';

const MINIMUM_SECONDS = 600;
/** What requests of the first beta named; nobody signs under it any more. */
const LEGACY_SIGNER = 'kubernetes.io/legacy-unknown';
const USAGES: readonly string[] = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
];
const PEM = /^\s*-----BEGIN CERTIFICATE REQUEST-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE REQUEST-----\s*$/;

function validate({ spec = {} }: Given<CertificateSigningRequest>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const request = Buffer.from(spec.request ?? '', 'base64').toString('latin1');
  if (!PEM.test(request)) {
    errors.push(invalid('spec.request', spec.request ?? '', 'PEM block type must be CERTIFICATE REQUEST'));
  }
  if ((spec.usages ?? []).length === 0) errors.push(required('spec.usages'));
  for (const [at, usage] of (spec.usages ?? []).entries()) {
    const path = index('spec.usages', at);
    if (!USAGES.includes(usage)) errors.push(notSupported(path, usage, USAGES));
    if ((spec.usages ?? []).indexOf(usage) < at) errors.push(duplicate(path, usage));
  }
  const signer = spec.signerName ?? '';
  if (signer === LEGACY_SIGNER) {
    const detail = 'the legacy signerName is not allowed via this API version';
    errors.push(invalid('spec.signerName', signer, detail));
  } else errors.push(...validateSignerName(signer, 'spec.signerName'));
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < MINIMUM_SECONDS) {
    errors.push(
      invalid('spec.expirationSeconds', seconds, 'may not specify a duration less than 600 seconds (10 minutes)'),
    );
  }
  return errors;
}

function condition(request: Given<CertificateSigningRequest>): string {
  const types = (request.status?.conditions ?? []).map((one) => one.type ?? '');
  const state = types.includes('Denied') ? 'Denied' : types.includes('Approved') ? 'Approved' : '';
  const failed = types.includes('Failed') ? 'Failed' : '';
  const issued = (request.status?.certificate ?? '') === '' ? '' : 'Issued';
  return [state, failed, issued].filter((part) => part !== '').join(',') || 'Pending';
}

export const certificateSigningRequestColumns = [
  NAME,
  AGE,
  narrow('SignerName', 'Who is to sign it'),
  narrow('Requestor', 'Who asked for it'),
  narrow('RequestedDuration', 'How long it should be valid'),
  narrow('Condition', 'Whether it is approved and issued'),
] as const;

export const certificateSigningRequestRules = rulesOf<CertificateSigningRequest>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(request) {
    request.status ??= {};
    nullTimes(request.status.conditions, 'lastUpdateTime', 'lastTransitionTime');
  },
  initialStatus: () => ({}),
  statusThrough: ['approval'],
  prepareForUpdate(next, previous, subresource) {
    if (subresource === 'approval' || subresource === 'status') keepOthersPart(next, previous, subresource);
    // What was asked for was asked by someone: it stays as it was.
    if (subresource !== 'status' && !equal(next.spec, previous.spec)) {
      next.spec = structuredClone(previous.spec) as NonNullable<typeof next.spec>;
    }
  },
  validate,
  validateUpdate: (next, previous, subresource) =>
    subresource === 'approval' ? validateVerdicts(next, previous, subresource) : [],
  validateStatus: (next, previous) => validateVerdicts(next, previous, 'status'),
  selectable: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  cells: (request) => {
    const { metadata, spec } = request;
    const seconds = spec?.expirationSeconds;
    return [
      metadata?.name ?? '',
      age(metadata),
      spec?.signerName ?? NONE,
      spec?.username ?? '',
      seconds === undefined ? NONE : humanDuration(seconds * 1000),
      condition(request),
    ];
  },
});
