import { createHash, createPublicKey, generateKeyPairSync, sign, X509Certificate } from 'node:crypto';
import { assert } from '@taffrail/platform/assert';
import type { Random } from '@taffrail/platform/random';
import { addressBytes } from './address-bytes.ts';
import {
  derBits,
  derBoolean,
  derChildren,
  derContents,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derText,
  derTime,
  derUnsigned,
  element,
} from './der.ts';

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

const ECDSA_WITH_SHA256 = derSequence(derOid('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/**
 * Makes a P-256 key and a certificate for it, signed by `authority` or, for an authority itself, by its own key.
 * Written directly in DER and signed by `node:crypto`: a certificate library costs 20 MB and a tenth of a second at start.
 */
export function issueCertificate(request: CertificateRequest, authority?: Credential): Credential {
  assert(
    (request.purpose === 'authority') === (authority === undefined),
    'an authority signs itself, everything else does not',
  );
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const subject = distinguishedName(request.subject);
  const issuer = authority === undefined ? { name: subject, spki, key } : readAuthority(authority);

  const body = derSequence(
    element(0xa0, derUnsigned(Buffer.from([2]))),
    serialNumber(request.random),
    ECDSA_WITH_SHA256,
    issuer.name,
    derSequence(derTime(request.notBeforeMs), derTime(request.notAfterMs)),
    subject,
    spki,
    element(0xa3, derSequence(...extensions(request, spki, issuer.spki))),
  );
  const signature = sign('sha256', body, { key: issuer.key, dsaEncoding: 'der' });
  const der = derSequence(body, ECDSA_WITH_SHA256, derBits(signature));
  return { certificate: pem('CERTIFICATE', der), key };
}

/** What is taken over from the authority into a certificate it issues. */
function readAuthority(authority: Credential): { readonly name: Buffer; readonly spki: Buffer; readonly key: string } {
  const certificate = new X509Certificate(authority.certificate);
  const [body] = derChildren(certificate.raw);
  assert(body !== undefined, 'a certificate has a body');
  // version, serial, algorithm, issuer, validity, subject
  const name = derChildren(body)[5];
  assert(name !== undefined, 'a certificate has a subject');
  return { name, spki: certificate.publicKey.export({ format: 'der', type: 'spki' }), key: authority.key };
}

function extensions(request: CertificateRequest, spki: Buffer, issuerSpki: Buffer): readonly Buffer[] {
  const isAuthority = request.purpose === 'authority';
  return [
    extension('2.5.29.19', true, isAuthority ? derSequence(derBoolean(true)) : derSequence()),
    // digitalSignature; an authority also keyCertSign and cRLSign
    extension('2.5.29.15', true, isAuthority ? derBits(Buffer.from([0x86]), 1) : derBits(Buffer.from([0x80]), 7)),
    ...(isAuthority
      ? []
      : [extension('2.5.29.37', false, derSequence(derOid(request.purpose === 'server' ? SERVER_AUTH : CLIENT_AUTH)))]),
    extension('2.5.29.14', false, derOctets(keyIdentifier(spki))),
    extension('2.5.29.35', false, derSequence(element(0x80, keyIdentifier(issuerSpki)))),
    ...(request.hosts === undefined || request.hosts.length === 0
      ? []
      : [extension('2.5.29.17', false, derSequence(...request.hosts.map((host) => generalName(host))))]),
  ];
}

function extension(oid: string, isCritical: boolean, value: Buffer): Buffer {
  return derSequence(derOid(oid), ...(isCritical ? [derBoolean(true)] : []), derOctets(value));
}

function generalName(host: string): Buffer {
  const address = addressBytes(host);
  return address === undefined ? element(DNS_NAME, Buffer.from(host, 'ascii')) : element(IP_ADDRESS, address);
}

function distinguishedName(subject: Subject): Buffer {
  const attribute = (oid: string, value: string): Buffer => derSet(derSequence(derOid(oid), derText(value)));
  return derSequence(
    ...(subject.organizations ?? []).map((organization) => attribute(ORGANIZATION, organization)),
    attribute(COMMON_NAME, subject.commonName),
  );
}

/** SHA-1 of the public key's bits: what RFC 5280 names a key by. */
function keyIdentifier(spki: Buffer): Buffer {
  const bits = derChildren(spki)[1];
  assert(bits !== undefined, 'a public key has its bits');
  // The first byte counts unused bits.
  return createHash('sha1').update(derContents(bits).subarray(1)).digest();
}

function serialNumber(random: Random): Buffer {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return derUnsigned(bytes);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
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
