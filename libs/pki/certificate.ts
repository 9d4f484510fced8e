import { createPrivateKey, createPublicKey, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { assert } from '@taffrail/platform/assert';
import type { Random } from '@taffrail/platform/random';
import { addressBytes } from './address-bytes.ts';

/** A certificate and its private key, PEM each. */
export interface Credential {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate names: CN is the user, each O a group. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

export interface CertificateRequest {
  readonly subject: Subject;
  readonly purpose: 'authority' | 'server' | 'client';
  /** DNS names and IP addresses of a server. */
  readonly hosts?: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly random: Random;
}

const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SIGNING_ALGORITHM = { name: 'ECDSA', hash: 'SHA-256' } as const;

/**
 * Makes a P-256 key and a certificate for it, signed by `authority` or, for an authority itself, by its own key.
 * The certificate library costs 20 MB and a tenth of a second, so it is loaded only when something must be made.
 */
export async function issueCertificate(request: CertificateRequest, authority?: Credential): Promise<Credential> {
  assert(
    (request.purpose === 'authority') === (authority === undefined),
    'an authority signs itself, everything else does not',
  );
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const signer = authority === undefined ? undefined : new x509.X509Certificate(authority.certificate);
  const subject = distinguishedName(request.subject);
  const usage = x509.KeyUsageFlags;
  const isAuthority = request.purpose === 'authority';
  const authorityUsages = usage.digitalSignature | usage.keyCertSign | usage.cRLSign;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(request.random),
    subject,
    issuer: signer?.subjectName.toJSON() ?? subject,
    notBefore: new Date(request.notBeforeMs),
    notAfter: new Date(request.notAfterMs),
    publicKey: keys.publicKey,
    signingKey: authority === undefined ? keys.privateKey : await signingKey(authority.key),
    signingAlgorithm: SIGNING_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(isAuthority, undefined, true),
      new x509.KeyUsagesExtension(isAuthority ? authorityUsages : usage.digitalSignature, true),
      ...(isAuthority
        ? []
        : [
            new x509.ExtendedKeyUsageExtension([
              request.purpose === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth,
            ]),
          ]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(signer?.publicKey ?? keys.publicKey),
      ...(request.hosts === undefined || request.hosts.length === 0
        ? []
        : [
            new x509.SubjectAlternativeNameExtension(
              request.hosts.map((host) => ({ type: isIP(host) === 0 ? 'dns' : 'ip', value: host }) as const),
            ),
          ]),
    ],
  });
  const exported = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  const key = createPrivateKey({ key: Buffer.from(exported), format: 'der', type: 'pkcs8' });
  return {
    certificate: `${certificate.toString('pem')}\n`,
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ format: 'der', type: 'pkcs8' });
  return webcrypto.subtle.importKey('pkcs8', der, KEY_ALGORITHM, false, ['sign']);
}

function distinguishedName(subject: Subject): { [attribute: string]: string[] }[] {
  return [
    ...(subject.organizations ?? []).map((organization) => ({ O: [organization] })),
    { CN: [subject.commonName] },
  ];
}

function serialNumber(random: Random): string {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

/** What must hold for a certificate on disk to be used further. */
export interface CertificateExpectation {
  readonly subject: Subject;
  readonly hosts: readonly string[];
  /** The authority's certificate; undefined for the authority itself. */
  readonly authority: string | undefined;
  /** It must still be valid then. */
  readonly validAtMs: number;
}

/** Whether a credential fits its key, was issued by this authority, names whom it should and does not expire too soon. */
export function isUsable(credential: Credential, expected: CertificateExpectation): boolean {
  const certificate = parsed(credential.certificate);
  if (certificate === undefined) return false;
  const authority = parsed(expected.authority ?? credential.certificate);
  return (
    authority !== undefined &&
    matchesKey(certificate, credential.key) &&
    certificate.verify(authority.publicKey) &&
    certificate.validFromDate.getTime() <= expected.validAtMs &&
    certificate.validToDate.getTime() > expected.validAtMs &&
    certificate.subject === subjectText(expected.subject) &&
    lacksNone(hostsOf(credential.certificate), expected.hosts)
  );
}

/** DNS names and IP addresses a certificate is good for; none when it cannot be read. */
export function hostsOf(certificate: string): readonly string[] {
  const names = parsed(certificate)?.subjectAltName ?? '';
  return [...names.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)].map(([, host = '']) => host);
}

function lacksNone(hosts: readonly string[], wanted: readonly string[]): boolean {
  const known = new Set(hosts.map((host) => normalHost(host)));
  return wanted.every((host) => known.has(normalHost(host)));
}

/** IPv6 addresses have many spellings; their bytes one. */
function normalHost(host: string): string {
  return addressBytes(host)?.toString('hex') ?? host.toLowerCase();
}

function subjectText(subject: Subject): string {
  return [...(subject.organizations ?? []).map((organization) => `O=${organization}`), `CN=${subject.commonName}`].join(
    '\n',
  );
}

function parsed(certificate: string): X509Certificate | undefined {
  try {
    return new X509Certificate(certificate);
  } catch {
    // Not a certificate at all: no more usable than an expired one.
    return undefined;
  }
}

function matchesKey(certificate: X509Certificate, key: string): boolean {
  try {
    return certificate.publicKey.equals(createPublicKey(key));
  } catch {
    return false;
  }
}
