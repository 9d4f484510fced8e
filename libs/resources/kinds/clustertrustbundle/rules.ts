import { X509Certificate } from 'node:crypto';
import type { FieldError } from '../../field-error.ts';
import type { ClusterTrustBundle } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain, pathSegment } from '../../syntax/names.ts';
import { pemBlocks, type PemBlock } from '../../syntax/pem.ts';
import { invalid, invalids, type Path, tooLong } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateSignerName } from '../../validation/signer-name.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';

const BUNDLE_BYTES = 1024 * 1024;
const BUNDLE: Path = 'spec.trustBundle';
const OMITTED = '<value omitted>';

type Bundle = Given<ClusterTrustBundle>;

/** A bundle of a signer has the signer's name before its own, with colons; others have no colon. */
function validateName({ metadata, spec }: Bundle): readonly FieldError[] {
  const { name = '' } = metadata ?? {};
  const signer = spec?.signerName ?? '';
  const path = 'metadata.name';
  if (signer === '') {
    const detail = 'ClusterTrustBundle without signer name must not have ":" in its name';
    return name.includes(':') ? [invalid(path, name, detail)] : invalids(path, name, dns1123Subdomain(name));
  }
  const prefix = `${signer.replaceAll('/', ':')}:`;
  if (name.startsWith(prefix)) return invalids(path, name, dns1123Subdomain(name.slice(prefix.length)));
  return [invalid(path, name, `ClusterTrustBundle for signerName ${signer} must be named with prefix ${prefix}`)];
}

function validate(bundle: Bundle, previous?: Bundle): readonly FieldError[] {
  const { signerName = '', trustBundle = '' } = bundle.spec ?? {};
  // Who changes something else need not answer for what stands there.
  const isKept = previous !== undefined && previous.spec?.trustBundle === trustBundle;
  return [
    ...(previous === undefined && (bundle.metadata?.name ?? '') !== '' ? validateName(bundle) : []),
    ...(signerName === '' ? [] : validateSignerName(signerName, 'spec.signerName')),
    ...(isKept ? [] : validateAnchors(trustBundle)),
  ];
}

/** Certificates of authorities, each once. */
function validateAnchors(text: string): readonly FieldError[] {
  if (Buffer.byteLength(text) > BUNDLE_BYTES) return [tooLong(BUNDLE, BUNDLE_BYTES)];
  const blocks = pemBlocks(text);
  const faults = blocks.flatMap((block, at) => {
    const fault = anchorFault(block);
    return fault === undefined ? [] : [`entry ${at} ${fault}`];
  });
  if (faults.length > 0) return invalids(BUNDLE, OMITTED, faults);
  if (blocks.length === 0) return [invalid(BUNDLE, OMITTED, 'at least one trust anchor must be provided')];
  const places = new Map<string, number[]>();
  for (const [at, { bytes }] of blocks.entries()) {
    const anchor = bytes.toString('base64');
    places.set(anchor, [...(places.get(anchor) ?? []), at]);
  }
  return [...places.values()]
    .filter((indices) => indices.length > 1)
    .map((indices) => invalid(BUNDLE, OMITTED, `duplicate trust anchor (indices [${indices.join(' ')}])`));
}

function anchorFault({ kind, hasHeaders, bytes }: PemBlock): string | undefined {
  if (kind !== 'CERTIFICATE') return `has bad block type: ${kind}`;
  if (hasHeaders) return 'has PEM block headers';
  const certificate = readCertificate(bytes);
  if (certificate === undefined) return 'does not parse as X.509';
  return certificate.ca ? undefined : 'does not have the CA bit set';
}

function readCertificate(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    // Whatever is wrong with it, it is no certificate.
    return undefined;
  }
}

export const clusterTrustBundleRules = rulesOf<ClusterTrustBundle>({
  metadata: { namespaced: false, name: pathSegment },
  validate,
  validateUpdate: (next, previous) =>
    validateImmutable(next.spec?.signerName, previous.spec?.signerName, 'spec.signerName'),
  selectable: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
