import { generateKeyPairSync } from 'node:crypto';
import path from 'node:path';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Random } from '@taffrail/platform/random';
import { firstAddress } from './address-bytes.ts';
import {
  type CertificateRequest,
  type Credential,
  hostsOf,
  issueCertificate,
  isUsable,
  type Subject,
} from './certificate.ts';
import { type ClusterPki, clusterPkiFiles, nodePkiFiles } from './cluster-pki.ts';
import { writeKubeconfig } from './kubeconfig-file.ts';
import { lockPki } from './pki-lock.ts';
import { ensurePrivateDirectory, readTextIfThere, writePrivateFile } from './private-file.ts';

export interface ClusterPkiOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The API server's URL, as kubeconfigs name it. */
  readonly server: string;
  /** Names and addresses the API server is reached at, beside localhost and those inside the cluster. */
  readonly apiHosts: readonly string[];
  /** Range of Service addresses; the API server's own Service has the first. */
  readonly serviceCidr: string;
  readonly nodes: readonly { readonly name: string; readonly addresses: readonly string[] }[];
}

/**
 * Makes what is missing of a cluster's certificates, keys and kubeconfigs, and renews what is near its end, does not fit
 * its key, comes from another authority, or lacks a host it must be good for. Touches nothing else; when all is well
 * it only reads. Safe to call from several processes at once.
 *
 * Throws OperatingError (`permission`, `storage-full`, `timeout`).
 */
export async function ensureClusterPki(dataDir: string, options: ClusterPkiOptions): Promise<ClusterPki> {
  const files = clusterPkiFiles(dataDir);
  const directory = path.dirname(files.caCertificateFile);
  await ensurePrivateDirectory(directory);
  await ensurePrivateDirectory(path.dirname(files.controllersKubeconfigFile));
  await using scope = new AsyncDisposableStack();
  scope.use(await lockPki(path.join(directory, '.lock'), options.clock));

  const store = new CredentialStore(options);
  const authority = await store.authority(files.caCertificateFile, files.caKeyFile);
  await store.server(authority, files.apiCertificateFile, files.apiKeyFile, 'kube-apiserver', apiHosts(options));
  await store.client(authority, files.apiClientCertificateFile, files.apiClientKeyFile, {
    commonName: 'kube-apiserver-kubelet-client',
    organizations: ['system:masters'],
  });
  await ensureTokenKey(files);

  const clients: readonly (readonly [file: string, name: string, subject: Subject])[] = [
    [files.adminKubeconfigFile, 'admin', { commonName: 'kubernetes-admin', organizations: ['system:masters'] }],
    [files.controllersKubeconfigFile, 'controller-manager', { commonName: 'system:kube-controller-manager' }],
    [files.schedulerKubeconfigFile, 'scheduler', { commonName: 'system:kube-scheduler' }],
    ...options.nodes.map(({ name }) => {
      const subject = { commonName: `system:node:${name}`, organizations: ['system:nodes'] };
      return [nodePkiFiles(dataDir, name).kubeconfigFile, `node-${name}`, subject] as const;
    }),
  ];
  for (const [file, name, subject] of clients) {
    const credential = await store.client(
      authority,
      path.join(directory, `${name}.crt`),
      path.join(directory, `${name}.key`),
      subject,
    );
    const form = file === files.adminKubeconfigFile ? 'yaml' : 'json';
    await writeKubeconfig(file, form, {
      name: 'taffrail',
      user: name,
      server: options.server,
      certificateAuthority: authority.certificate,
      clientCertificate: credential.certificate,
      clientKey: credential.key,
    });
  }
  for (const node of options.nodes) {
    const { servingCertificateFile, servingKeyFile } = nodePkiFiles(dataDir, node.name);
    await store.server(authority, servingCertificateFile, servingKeyFile, `system:node:${node.name}`, [
      node.name,
      ...node.addresses,
    ]);
  }
  return files;
}

function apiHosts(options: ClusterPkiOptions): readonly string[] {
  const service = firstAddress(options.serviceCidr);
  return [
    'localhost',
    '127.0.0.1',
    '::1',
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
    ...(service === undefined ? [] : [service]),
    ...options.apiHosts,
  ];
}

/** Certificates on disk: each call answers with one that is good, made anew when the one there is not. */
class CredentialStore {
  readonly #nowMs: number;
  readonly #random: Random;

  constructor(options: Pick<ClusterPkiOptions, 'clock' | 'random'>) {
    this.#nowMs = options.clock.nowMs();
    this.#random = options.random;
  }

  async authority(certificateFile: string, keyFile: string): Promise<Credential> {
    return this.#ensure(certificateFile, keyFile, undefined, {
      subject: { commonName: 'taffrail-ca' },
      purpose: 'authority',
      ...this.#validity(limits.authorityDays),
    });
  }

  async server(
    authority: Credential,
    certificateFile: string,
    keyFile: string,
    commonName: string,
    hosts: readonly string[],
  ): Promise<Credential> {
    return this.#ensure(certificateFile, keyFile, authority, {
      subject: { commonName },
      purpose: 'server',
      hosts: [...new Set(hosts)],
      ...this.#validity(limits.certificateDays),
    });
  }

  async client(authority: Credential, certificateFile: string, keyFile: string, subject: Subject): Promise<Credential> {
    return this.#ensure(certificateFile, keyFile, authority, {
      subject,
      purpose: 'client',
      ...this.#validity(limits.certificateDays),
    });
  }

  async #ensure(
    certificateFile: string,
    keyFile: string,
    authority: Credential | undefined,
    request: Omit<CertificateRequest, 'random'>,
  ): Promise<Credential> {
    const certificate = await readTextIfThere(certificateFile);
    const key = await readTextIfThere(keyFile);
    if (certificate !== undefined && key !== undefined) {
      const found = { certificate, key };
      const isGood = isUsable(found, {
        subject: request.subject,
        hosts: request.hosts ?? [],
        authority: authority?.certificate,
        // The authority is renewed later than what it signs: renewing it changes every kubeconfig.
        validAtMs:
          this.#nowMs + (authority === undefined ? limits.authorityRenewDays : limits.certificateRenewDays) * DAY_MS,
      });
      if (isGood) return found;
    }
    // Hosts stay once they are in: two callers that know different ones would otherwise take turns.
    const hosts = new Set([
      ...(request.hosts ?? []),
      ...(request.hosts === undefined ? [] : hostsOf(certificate ?? '')),
    ]);
    const issued = await issueCertificate({ ...request, hosts: [...hosts], random: this.#random }, authority);
    // Both are replaced before anyone is told; a crash in between leaves a pair that does not fit and is made again.
    await writePrivateFile(keyFile, issued.key);
    await writePrivateFile(certificateFile, issued.certificate);
    return issued;
  }

  #validity(days: number): { readonly notBeforeMs: number; readonly notAfterMs: number } {
    // Clocks of other machines may lie behind ours.
    return { notBeforeMs: this.#nowMs - HOUR_MS, notAfterMs: this.#nowMs + days * DAY_MS };
  }
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The key that signs service account tokens. Never renewed: tokens would end with it. */
async function ensureTokenKey(files: ClusterPki): Promise<void> {
  if ((await readTextIfThere(files.serviceAccountKeyFile)) !== undefined) return;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writePrivateFile(
    files.serviceAccountPublicKeyFile,
    publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  );
  await writePrivateFile(files.serviceAccountKeyFile, privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
}
