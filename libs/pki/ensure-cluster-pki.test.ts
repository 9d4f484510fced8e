import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodePkiFiles } from './cluster-pki.ts';
import { type ClusterPkiOptions, ensureClusterPki } from './ensure-cluster-pki.ts';
import { readKubeconfig } from './kubeconfig.ts';

const DAY_MS = 86_400_000;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'pki-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

function options(changes: Partial<ClusterPkiOptions> = {}): ClusterPkiOptions {
  return {
    clock: systemClock,
    random: systemRandom,
    server: 'https://127.0.0.1:6443',
    apiHosts: ['192.0.2.7'],
    serviceCidr: '10.96.0.0/16',
    nodes: [{ name: 'node-1', addresses: ['192.0.2.8'] }],
    ...changes,
  };
}

function later(days: number): Clock {
  return { ...systemClock, nowMs: () => systemClock.nowMs() + days * DAY_MS };
}

async function everyFile(): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(directory, { recursive: true, withFileTypes: true })).filter((item) => item.isFile());
  const files = names.map((item) => path.join(item.parentPath, item.name)).toSorted();
  return new Map(
    await Promise.all(
      files.map(async (file) => [path.relative(directory, file), await readFile(file, 'utf8')] as const),
    ),
  );
}

async function certificate(name: string): Promise<X509Certificate> {
  return new X509Certificate(await readFile(path.join(directory, 'pki', name)));
}

describe('a new data directory', () => {
  test('gets every certificate, key and kubeconfig, readable by its owner only', async () => {
    await ensureClusterPki(directory, options());
    const files = await everyFile();
    expect([...files.keys()]).toEqual([
      'kubeconfig',
      'kubeconfigs/controllers',
      'kubeconfigs/node-node-1',
      'kubeconfigs/scheduler',
      'pki/admin.crt',
      'pki/admin.key',
      'pki/apiserver-kubelet-client.crt',
      'pki/apiserver-kubelet-client.key',
      'pki/apiserver.crt',
      'pki/apiserver.key',
      'pki/ca.crt',
      'pki/ca.key',
      'pki/controller-manager.crt',
      'pki/controller-manager.key',
      'pki/kubelet-node-1.crt',
      'pki/kubelet-node-1.key',
      'pki/node-node-1.crt',
      'pki/node-node-1.key',
      'pki/sa.key',
      'pki/sa.pub',
      'pki/scheduler.crt',
      'pki/scheduler.key',
    ]);
    for (const file of files.keys()) expect((await stat(path.join(directory, file))).mode & 0o777).toBe(0o600);
    expect((await stat(path.join(directory, 'pki'))).mode & 0o777).toBe(0o700);
  });

  test('names every host the API server is reached at', async () => {
    await ensureClusterPki(directory, options());
    const api = await certificate('apiserver.crt');
    for (const host of [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      'kubernetes.default.svc.cluster.local',
    ]) {
      expect(api.checkHost(host)).toBe(host);
    }
    for (const address of ['127.0.0.1', '::1', '10.96.0.1', '192.0.2.7']) expect(api.checkIP(address)).toBeDefined();
    expect(api.checkIP('192.0.2.9')).toBeUndefined();
  });

  test('says who a client is by its certificate', async () => {
    await ensureClusterPki(directory, options());
    expect((await certificate('admin.crt')).subject).toBe('O=system:masters\nCN=kubernetes-admin');
    expect((await certificate('node-node-1.crt')).subject).toBe('O=system:nodes\nCN=system:node:node-1');
    expect((await certificate('controller-manager.crt')).subject).toBe('CN=system:kube-controller-manager');
    expect((await certificate('scheduler.crt')).subject).toBe('CN=system:kube-scheduler');
    expect((await certificate('admin.crt')).keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect((await certificate('apiserver.crt')).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect((await certificate('ca.crt')).ca).toBe(true);
    expect((await certificate('apiserver.crt')).ca).toBe(false);
  });

  test.skipIf(!hasOpenssl)('openssl accepts every chain, strictly', async () => {
    await ensureClusterPki(directory, options());
    for (const name of ['admin.crt', 'apiserver.crt', 'kubelet-node-1.crt', 'node-node-1.crt']) {
      const pki = (file: string): string => path.join(directory, 'pki', file);
      const result = spawnSync('openssl', ['verify', '-x509_strict', '-CAfile', pki('ca.crt'), pki(name)], {
        encoding: 'utf8',
      });
      expect(result.stdout + result.stderr).toContain(': OK');
    }
  });

  test('a client and a server with these certificates trust each other', async () => {
    const pki = await ensureClusterPki(directory, options());
    const access = await readKubeconfig(pki.adminKubeconfigFile);
    const server = createServer(
      {
        key: await readFile(pki.apiKeyFile),
        cert: await readFile(pki.apiCertificateFile),
        ca: await readFile(pki.caCertificateFile),
        requestCert: true,
        rejectUnauthorized: true,
      },
      (socket: TLSSocket) => socket.end(String(socket.getPeerCertificate().subject.CN)),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const socket = connect({
        port: (server.address() as AddressInfo).port,
        host: '127.0.0.1',
        ca: access.certificateAuthority,
        cert: access.clientCertificate,
        key: access.clientKey,
      });
      let greeting = '';
      socket.on('data', (chunk: Buffer) => (greeting += chunk.toString()));
      await once(socket, 'end');
      expect(socket.authorized).toBe(true);
      expect(greeting).toBe('kubernetes-admin');
    } finally {
      server.close();
    }
  });
});

describe('an existing data directory', () => {
  test('is left alone when all is well', async () => {
    await ensureClusterPki(directory, options());
    const before = await everyFile();
    await ensureClusterPki(directory, options({ apiHosts: [] }));
    expect(await everyFile()).toEqual(before);
  });

  test('gets a new server certificate when a host is added, and keeps the old hosts', async () => {
    await ensureClusterPki(directory, options());
    const before = await everyFile();
    await ensureClusterPki(directory, options({ apiHosts: ['api.example.org', '2001:db8::7'] }));
    const after = await everyFile();
    const changed = [...after].filter(([file, text]) => before.get(file) !== text).map(([file]) => file);
    expect(changed).toEqual(['pki/apiserver.crt', 'pki/apiserver.key']);
    const api = await certificate('apiserver.crt');
    expect(api.checkHost('api.example.org')).toBe('api.example.org');
    expect(api.checkIP('2001:db8::7')).toBeDefined();
    expect(api.checkIP('192.0.2.7')).toBeDefined();
  });

  test('has certificates near their end renewed, and keeps its authority and token key', async () => {
    await ensureClusterPki(directory, options());
    const before = await everyFile();
    await ensureClusterPki(directory, options({ clock: later(300) }));
    const after = await everyFile();
    const kept = [...after].filter(([file, text]) => before.get(file) === text).map(([file]) => file);
    expect(kept).toEqual(['pki/ca.crt', 'pki/ca.key', 'pki/sa.key', 'pki/sa.pub']);
    expect((await certificate('admin.crt')).validToDate.getTime()).toBeGreaterThan(systemClock.nowMs() + 600 * DAY_MS);
    const access = await readKubeconfig(path.join(directory, 'kubeconfig'));
    expect(access.clientCertificate).toBe(after.get('pki/admin.crt'));
  });

  test.each(['pki/apiserver.crt', 'pki/admin.key', 'pki/ca.crt', 'pki/ca.key'])(
    'is repaired when %s is broken',
    async (file) => {
      await ensureClusterPki(directory, options());
      await writeFile(path.join(directory, file), 'torn');
      await ensureClusterPki(directory, options());
      const authority = await certificate('ca.crt');
      for (const name of ['apiserver.crt', 'admin.crt', 'kubelet-node-1.crt']) {
        expect((await certificate(name)).verify(authority.publicKey)).toBe(true);
      }
      const files = await everyFile();
      const access = await readKubeconfig(path.join(directory, 'kubeconfig'));
      expect(access).toMatchObject({
        certificateAuthority: files.get('pki/ca.crt'),
        clientKey: files.get('pki/admin.key'),
      });
    },
  );

  test('learns of new nodes and of a new server address', async () => {
    await ensureClusterPki(directory, options());
    const nodes = [...options().nodes, { name: 'node-2', addresses: ['192.0.2.9'] }];
    await ensureClusterPki(directory, options({ nodes, server: 'https://127.0.0.1:7443' }));
    expect((await readKubeconfig(path.join(directory, 'kubeconfig'))).server).toBe('https://127.0.0.1:7443');
    const node = nodePkiFiles(directory, 'node-2');
    expect((await readKubeconfig(node.kubeconfigFile)).user).toBe('node-node-2');
    expect(new X509Certificate(await readFile(node.servingCertificateFile)).checkIP('192.0.2.9')).toBeDefined();
  });

  test('two processes at once agree on one authority', async () => {
    await Promise.all([ensureClusterPki(directory, options()), ensureClusterPki(directory, options())]);
    const authority = await certificate('ca.crt');
    expect((await certificate('apiserver.crt')).verify(authority.publicKey)).toBe(true);
  });

  test('a lock left behind by a process that is gone is taken over', async () => {
    await ensureClusterPki(directory, options());
    const gone = spawnSync('true').pid;
    await writeFile(path.join(directory, 'pki', '.lock'), String(gone));
    await ensureClusterPki(directory, options({ apiHosts: ['198.51.100.1'] }));
    expect((await certificate('apiserver.crt')).checkIP('198.51.100.1')).toBeDefined();
  });

  test('a directory that cannot be used is one clear sentence', async () => {
    await writeFile(path.join(directory, 'file'), '');
    await expect(ensureClusterPki(path.join(directory, 'file'), options())).rejects.toMatchObject({
      name: 'OperatingError',
      message: expect.stringContaining('cannot use'),
    });
  });
});
