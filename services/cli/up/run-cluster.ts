import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { freePort, isPortFree } from '@taffrail/embedded/free-port';
import { isRunning, runningProcess, terminate } from '@taffrail/embedded/running-process';
import { assert } from '@taffrail/platform/assert';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import type { Random } from '@taffrail/platform/random';
import { clusterPkiFiles } from '@taffrail/pki/cluster-pki';
import { apiProbe, laterApiProbe } from '../api-probe.ts';
import { DATA_FORMAT, readClusterRecord, writeClusterRecord, type ClusterRecord } from '../cluster/cluster-record.ts';
import { dataDirectory, ensureDataDirectory } from '../cluster/cluster-directory.ts';
import { stopOrder } from '../cluster/stop-order.ts';
import { lockDataDirectory } from '../cluster/supervisor-lock.ts';
import { nodePaths, type NodePaths } from '../node/node-paths.ts';
import { findNodePrograms, type NodePrograms } from '../node/node-programs.ts';
import { canInstallPackages, installPackages } from '../node/packages.ts';
import { removeTraces, stopPods } from '../node/stop-pods.ts';
import { ensureCredentials } from './cluster-credentials.ts';
import { clusterPlan, type ClusterPlan, type ClusterSetting } from './cluster-plan.ts';
import { nodeAddress } from '@taffrail/platform/node-address';
import type { UpOptions } from './options.ts';
import { supervise, type Supervised } from './supervise.ts';

export interface RunOptions {
  readonly options: UpOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** One line for people. */
  say(line: string): void;
  /** Every node is Ready. */
  ready(kubeconfig: string): void;
}

/**
 * Brings the cluster up and keeps it up until the signal is aborted, then stops everything in order.
 * Throws when something did not start; then what had been started is stopped again.
 */
export async function runCluster(run: RunOptions, signal: AbortSignal): Promise<void> {
  const { options, clock, say } = run;
  const dataDir = ensureDataDirectory(dataDirectory(options.dataDir));
  const previous = readClusterRecord(dataDir);
  using lock = lockDataDirectory(dataDir);
  if (lock.wasStale) say('an earlier run on this data directory ended without stopping; taking over');
  await stopLeftovers(previous, clock, say);
  const setting = await settle(run, dataDir, previous, signal);
  try {
    await runPlan(run, setting, signal);
  } finally {
    setting.api.close();
  }
}

/** Processes that outlived a supervisor which was killed. Containers are not among them: they run on. */
async function stopLeftovers(
  previous: ClusterRecord | undefined,
  clock: Clock,
  say: (line: string) => void,
): Promise<void> {
  const left = (previous?.components ?? []).filter(({ process }) => process !== undefined && isRunning(process));
  if (left.length === 0) return;
  say(`stopping what it left behind: ${left.map(({ name }) => name).join(', ')}`);
  for (const group of stopOrder(left)) {
    await Promise.all(
      group.map(async ({ name, process }) => {
        if (process !== undefined)
          await terminate(process, { clock, signal: name === 'postgres' ? 'SIGINT' : 'SIGTERM' });
      }),
    );
  }
}

async function settle(
  run: RunOptions,
  dataDir: string,
  previous: ClusterRecord | undefined,
  signal: AbortSignal,
): Promise<ClusterSetting> {
  const { options, clock, random, say } = run;
  if (!(await isPortFree(options.port, options.bindAddress))) {
    throw new OperatingError(
      'address-in-use',
      `port ${options.port} on ${options.bindAddress} is taken by another program: choose another with --port`,
    );
  }
  const programs = await nodePrograms(options, say, signal);
  mkdirSync(join(dataDir, 'logs'), { recursive: true, mode: 0o755 });
  const address = nodeAddress();
  const server = `https://${options.bindAddress === '0.0.0.0' ? '127.0.0.1' : options.bindAddress}:${options.port}`;
  const names = [
    options.nodeName,
    ...Array.from({ length: options.simulatedNodes }, (_, i) => `${options.nodeName}-simulated-${i + 1}`),
  ];
  const credentials = ensureCredentials({
    dataDir,
    server,
    hosts: [...new Set([options.bindAddress, options.advertiseAddress ?? address, address, hostname()])],
    serviceCidr: options.serviceCidr,
    nodeNames: names,
    clock,
    random,
  });
  credentials.catch(() => undefined); // whoever needs them learns of it
  return {
    options,
    dataDir,
    server,
    natsPort: await natsPort(previous),
    nodeAddress: address,
    ...(programs === undefined ? {} : { programs }),
    api: laterApiProbe(credentials.then(() => apiProbe(clusterPkiFiles(dataDir).adminKubeconfigFile))),
    credentials,
    clock,
    random,
  };
}

/** The port of the last run when it is free: whoever still holds the address finds the server again. */
async function natsPort(previous: ClusterRecord | undefined): Promise<number> {
  const last = Number(/^nats:\/\/127\.0\.0\.1:(\d+)\?tokenFile=/.exec(previous?.natsUrl ?? '')?.[1] ?? 0);
  return last > 0 && (await isPortFree(last, '127.0.0.1')) ? last : await freePort();
}

/** What a real node needs, installed when it may be; `undefined` when the node is to be simulated. */
async function nodePrograms(
  options: UpOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<NodePrograms | undefined> {
  if (options.runtime === 'simulated') return undefined;
  if (process.platform !== 'linux') {
    throw new OperatingError('missing-dependency', 'real containers need Linux: use --runtime simulated');
  }
  if (process.getuid?.() !== 0) {
    throw new OperatingError('permission', 'real containers need root: run as root, or use --runtime simulated');
  }
  const found = findNodePrograms();
  if (!('packages' in found)) return found;
  const missing = `real containers need ${found.programs.join(', ')}`;
  if (!options.install || !canInstallPackages()) {
    throw new OperatingError(
      'missing-dependency',
      `${missing}: install ${found.packages.join(' ')}, or use --runtime simulated`,
    );
  }
  await installPackages(found.packages, say, signal);
  const again = findNodePrograms();
  if ('packages' in again)
    throw new OperatingError('missing-dependency', `${missing}, also after installing ${found.packages.join(' ')}`);
  return again;
}

async function runPlan(run: RunOptions, setting: ClusterSetting, signal: AbortSignal): Promise<void> {
  const { clock, random, say } = run;
  const plan = clusterPlan(setting);
  const kubeconfig = clusterPkiFiles(setting.dataDir).adminKubeconfigFile;
  const supervised: Supervised[] = [];
  let complete = false;
  const changed = (): void => {
    if (complete) writeClusterRecord(setting.dataDir, recordOf(setting, plan, kubeconfig, supervised));
  };
  for (const component of plan.components) supervised.push(supervise(component, { clock, random, say, changed }));
  complete = true;
  changed();

  const stopped = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([Promise.all(supervised.map(({ ready }) => ready)), stopped]);
    if (!signal.aborted) run.ready(kubeconfig);
    await stopped;
    say('stopping');
  } finally {
    await stopCluster(run, setting, supervised);
  }
}

function recordOf(
  setting: ClusterSetting,
  plan: ClusterPlan,
  kubeconfig: string,
  supervised: readonly Supervised[],
): ClusterRecord {
  const supervisor = runningProcess(process.pid);
  assert(supervisor !== undefined, 'this process runs');
  return {
    format: DATA_FORMAT,
    supervisor,
    server: setting.server,
    kubeconfig,
    natsUrl: plan.natsUrl,
    databaseUrl: plan.databaseUrl,
    components: supervised.map((one) => one.record()),
    nodes: plan.nodes,
  };
}

/** Agents first, so that nobody starts pods again; then the pods; then everything from the front to the stores. */
async function stopCluster(run: RunOptions, setting: ClusterSetting, supervised: readonly Supervised[]): Promise<void> {
  const { clock, say } = run;
  const startedMs = clock.monotonicMs();
  const running = supervised.map((one) => ({ name: one.record().name, one }));
  const failures: string[] = [];
  const { programs } = setting;
  const node = programs === undefined ? undefined : nodePaths(setting.dataDir);
  for (const group of stopOrder(running)) {
    const endsRuntime = node !== undefined && programs !== undefined && group.some(({ name }) => name === 'containerd');
    if (endsRuntime) await attempt(failures, () => endPods(node, say));
    const results = await Promise.allSettled(group.map(({ one }) => one.stop()));
    for (const result of results) if (result.status === 'rejected') failures.push(messageOf(result.reason));
    if (endsRuntime) await attempt(failures, () => removeTraces(node, programs));
  }
  for (const failure of failures) say(`while stopping: ${failure}`);
  say(`stopped in ${((clock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`);
}

/** One step of a stop: when it fails the others are still made. */
async function attempt(failures: string[], step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    failures.push(messageOf(error));
  }
}

async function endPods(paths: NodePaths, say: (line: string) => void): Promise<void> {
  if (!existsSync(paths.containerdSocket)) return;
  const count = await stopPods(paths.containerdSocket);
  if (count > 0) say(`stopped ${count} ${count === 1 ? 'pod' : 'pods'}`);
}
