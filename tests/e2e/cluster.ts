import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { request } from 'node:https';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { freePort } from '@taffrail/embedded/free-port';
import { kubectlFor, run, type CommandResult, type Kubectl } from './kubectl.ts';
import { guardNetwork, type NetworkGuard } from './network-guard.ts';

export const repository = path.resolve(import.meta.dirname, '../..');

export interface ComponentStatus {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly address: string;
  readonly rssBytes: number;
  /** URL of its metrics; only our own services have one. */
  readonly metrics?: string;
}

export interface ClusterStatus {
  readonly components: readonly ComponentStatus[];
  readonly revision: string;
}

/** A cluster in a data directory of its own, run by the real command. */
export interface TestCluster {
  readonly dataDir: string;
  readonly kubeconfig: string;
  readonly kubectl: Kubectl;
  /** `./taffrail …` with this cluster's data directory. */
  taffrail(...args: readonly string[]): Promise<CommandResult>;
  up(...more: readonly string[]): Promise<CommandResult>;
  /** One GET with the admin's certificate, its answer as it comes: no client that retries stands between. */
  get(
    path: string,
  ): Promise<{ readonly status: number; readonly retryAfter: string | undefined; readonly body: string }>;
  status(): Promise<ClusterStatus>;
  component(name: string): Promise<ComponentStatus>;
  /** Stops the cluster, removes its directory and the network guard. */
  dispose(): Promise<void>;
}

export interface ClusterOptions {
  /** Tells ranges apart when several clusters stand on one machine: 10.24x.0.0/24 and 10.9x.0.0/16. */
  readonly number: number;
  readonly runtime?: 'containerd' | 'simulated';
}

async function getOnce(kubeconfig: string, asked: string): ReturnType<TestCluster['get']> {
  const access = await readKubeconfig(kubeconfig);
  const options = { ca: access.certificateAuthority, cert: access.clientCertificate, key: access.clientKey };
  return new Promise((resolve, reject) => {
    const asking = request(new URL(asked, access.server), { ...options, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          retryAfter: answer.headers['retry-after'],
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    asking.once('error', reject);
    asking.end();
  });
}

/** Prepares a cluster; `up()` starts it. */
export async function testCluster(options: ClusterOptions): Promise<TestCluster> {
  const dataDir = mkdtempSync(path.join(tmpdir(), 'taffrail-e2e-'));
  const kubeconfig = path.join(dataDir, 'kubeconfig');
  const podRange = `10.${230 + options.number}.0.0/24`;
  const serviceRange = `10.${100 + options.number}.0.0/16`;
  const port = await freePort();
  const runtime = options.runtime ?? 'containerd';
  const guard: NetworkGuard | undefined =
    runtime === 'containerd' ? await guardNetwork(`guard_${options.number}`, [podRange, serviceRange]) : undefined;
  const taffrail = (...args: readonly string[]): Promise<CommandResult> =>
    run(path.join(repository, 'taffrail'), args, {
      environment: { TAFFRAIL_DATA_DIR: dataDir },
      timeoutMs: 240_000,
    });
  const status = async (): Promise<ClusterStatus> => {
    const result = await taffrail('status', '-o', 'json');
    if (result.code !== 0) throw new Error(`status exited with ${result.code}: ${result.stderr}`);
    return JSON.parse(result.stdout) as ClusterStatus;
  };
  return {
    dataDir,
    kubeconfig,
    kubectl: kubectlFor(kubeconfig, path.join(dataDir, 'kubectl-cache')),
    taffrail,
    up: (...more) =>
      taffrail(
        'up',
        '--detach',
        '--port',
        String(port),
        '--runtime',
        runtime,
        '--pod-cidr',
        podRange,
        '--service-cidr',
        serviceRange,
        ...more,
      ),
    get: (asked) => getOnce(kubeconfig, asked),
    status,
    async component(name) {
      const found = (await status()).components.find((component) => component.name === name);
      if (found === undefined) throw new Error(`no component ${name}`);
      return found;
    },
    async dispose() {
      const down = await taffrail('down');
      await guard?.remove();
      if (down.code !== 0) throw new Error(`down exited with ${down.code}: ${down.stdout}${down.stderr}`);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
