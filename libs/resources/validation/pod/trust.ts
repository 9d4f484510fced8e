import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../../field-error.ts';
import type { ClusterTrustBundleProjection, PodCertificateProjection } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Subdomain, type Faults } from '../../syntax/names.ts';
import { validateOptionalChoice } from '../choice.ts';
import { child, invalid, invalids, type Path, required, tooLong } from '../field.ts';
import { goJson, goStructure } from '../go-syntax.ts';
import type { GivenMap } from '../labels.ts';
import { validateLabelSelector } from '../selector.ts';
import { validateSignerName } from '../signer-name.ts';
import { validateLocalPath } from './paths.ts';

/** Takes a file of a volume: a fault when another source has it; `shown` is what the fault shows. */
export type ClaimPath = (file: string, shown: string) => readonly FieldError[];

/** Certificates to trust: one bundle by its name, or all of a signer. */
export function validateTrustBundle(
  bundle: Given<ClusterTrustBundleProjection>,
  claim: ClaimPath,
  path: Path,
): readonly FieldError[] {
  const { path: file = '' } = bundle;
  return [
    ...validateSelection(bundle, path),
    ...(file === '' ? [required(child(path, 'path'))] : []),
    ...validateLocalPath(file, child(path, 'path')),
    ...claim(file, file),
  ];
}

function validateSelection(bundle: Given<ClusterTrustBundleProjection>, path: Path): readonly FieldError[] {
  const { name, signerName, labelSelector, optional, path: file = '' } = bundle;
  if (name !== undefined && signerName !== undefined) {
    const shown = goStructure({
      Name: name,
      SignerName: signerName,
      LabelSelector: labelSelector,
      Optional: optional,
      Path: file,
    });
    return [invalid(path, shown, 'only one of name and signerName may be used')];
  }
  const errors: FieldError[] = [];
  if (name !== undefined) {
    const here = child(path, 'name');
    if (name === '') errors.push(required(here, 'must be a valid object name'));
    errors.push(
      ...bundleName(name).map((fault) => invalid(here, name, `not a valid clustertrustbundlename: ${fault}`)),
    );
    if (labelSelector === undefined) return errors;
    const detail = 'labelSelector must be unset if name is specified';
    return [...errors, invalid(child(path, 'labelSelector'), goJson(labelSelector), detail)];
  }
  if (signerName === undefined) return [required(path, 'either name or signerName must be specified')];
  const here = child(path, 'signerName');
  if (signerName === '') errors.push(required(here, 'must be a valid signer name'));
  return [
    ...errors,
    ...validateSignerName(signerName, here),
    ...validateLabelSelector(labelSelector, child(path, 'labelSelector')),
  ];
}

/** A bundle's name: a domain, after its signer with a colon for each slash when it has one. */
function bundleName(name: string): Faults {
  const colon = name.lastIndexOf(':');
  if (colon === 0) return ['ClusterTrustBundle without signer name must not have ":" in its name'];
  return dns1123Subdomain(name.slice(colon + 1));
}

const KEY_TYPES: readonly string[] = ['RSA3072', 'RSA4096', 'ECDSAP256', 'ECDSAP384', 'ECDSAP521', 'ED25519'];
const FILES = ['credentialBundlePath', 'keyPath', 'certificateChainPath'] as const;
const MINIMUM_SECONDS = 3600;
const MAXIMUM_SECONDS = 91 * 86_400;
/** A day, for Kubernetes' own signers. */
const OWN_MAXIMUM_SECONDS = 86_400;

/** A key and a certificate that is issued for the pod. */
export function validatePodCertificate(
  certificate: Given<PodCertificateProjection>,
  claim: ClaimPath,
  path: Path,
): readonly FieldError[] {
  const { signerName = '', keyType = '', userAnnotations } = certificate;
  const errors = [
    ...validateSignerName(signerName, child(path, 'signerName')),
    ...validateUserAnnotations(userAnnotations, child(path, 'userAnnotations')),
    ...validateOptionalChoice(keyType, KEY_TYPES, child(path, 'keyType')),
    ...validateExpiry(certificate.maxExpirationSeconds, signerName, child(path, 'maxExpirationSeconds')),
  ];
  const files = FILES.filter((field) => (certificate[field] ?? '') !== '');
  for (const field of files) {
    const file = certificate[field] ?? '';
    errors.push(...validateLocalPath(file, child(path, field)), ...claim(file, file));
  }
  if (files.length > 0) return errors;
  const detail = 'specify at least one of credentialBundlePath, keyPath, and certificateChainPath';
  return [...errors, required(path, detail)];
}

/** Annotations for the signer: each below a domain. */
function validateUserAnnotations(annotations: GivenMap | undefined, path: Path): readonly FieldError[] {
  const entries = Object.entries(annotations ?? {});
  const errors = entries.flatMap(([name]) => {
    const key = name.toLowerCase();
    if (key === '') return [required(path)];
    const faults = qualifiedName(key);
    if (faults.length > 0 || key.includes('/')) return invalids(path, key, faults);
    return [invalid(path, key, 'must be a domain-prefixed key (such as "acme.io/foo")')];
  });
  const bytes = entries.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  return bytes > limits.annotationsBytes ? [...errors, tooLong(path, limits.annotationsBytes)] : errors;
}

function validateExpiry(seconds: number | undefined, signerName: string, path: Path): readonly FieldError[] {
  if (seconds === undefined) return [];
  const host = signerName.split('/', 1)[0] ?? '';
  const maximum = `.${host}`.endsWith('.kubernetes.io') ? OWN_MAXIMUM_SECONDS : MAXIMUM_SECONDS;
  if (seconds < MINIMUM_SECONDS) {
    return [invalid(path, seconds, `if provided, maxExpirationSeconds must be >= ${MINIMUM_SECONDS}`)];
  }
  if (seconds <= maximum) return [];
  return [invalid(path, seconds, `if provided, maxExpirationSeconds must be <= ${maximum}`)];
}
