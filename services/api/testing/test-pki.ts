import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import type { ClusterPki } from '@taffrail/pki/cluster-pki';
import { ensureClusterPki } from '@taffrail/pki/ensure-cluster-pki';
import type { TlsMaterial } from '../http/server.ts';

/** A PKI in a directory of its own, removed with it. */
export interface TestPki {
  readonly directory: string;
  readonly files: ClusterPki;
  readonly tls: TlsMaterial;
  /** Certificate and key of a client: `admin`, `scheduler`, `controller-manager` or `node-<name>`. */
  client(name: string): Promise<{ readonly cert: Buffer; readonly key: Buffer }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Makes a PKI whose kubeconfigs point at `server`. */
export async function testPki(server = 'https://127.0.0.1:6443', nodes: readonly string[] = []): Promise<TestPki> {
  const directory = await mkdtemp(path.join(tmpdir(), 'taffrail-pki-'));
  const files = await ensureClusterPki(directory, {
    clock: systemClock,
    random: systemRandom,
    server,
    apiHosts: [],
    serviceCidr: '10.96.0.0/16',
    nodes: nodes.map((name) => ({ name, addresses: ['127.0.0.1'] })),
  });
  return {
    directory,
    files,
    tls: await tlsMaterial(files),
    async client(name) {
      const file = (extension: string): string => path.join(directory, 'pki', `${name}.${extension}`);
      return { cert: await readFile(file('crt')), key: await readFile(file('key')) };
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** What the server serves with, from a PKI's files. */
export async function tlsMaterial(files: ClusterPki): Promise<TlsMaterial> {
  return {
    certificate: await readFile(files.apiCertificateFile),
    key: await readFile(files.apiKeyFile),
    clientAuthority: await readFile(files.caCertificateFile),
  };
}
