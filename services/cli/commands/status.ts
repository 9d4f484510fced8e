import type { Command } from 'commander';
import { isRunning } from '@taffrail/embedded/running-process';
import { messageOf } from '@taffrail/platform/failure';
import { apiProbe } from '../api-probe.ts';
import { findLocalCluster, type FoundCluster } from '../cluster.ts';
import { withClusterOptions, type ClusterOptions } from '../cluster.ts';
import type { ComponentRecord } from '../cluster/cluster-record.ts';
import { UsageError } from '../failure.ts';
import { processMemoryBytes, treeMemoryBytes } from '../status/process-memory.ts';

/** One row of `status`; scripts rely on the names. */
interface ComponentStatus {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly address: string;
  readonly rssBytes: number;
  /** URL of its metrics on this machine, for our own services. */
  readonly metrics?: string;
}

interface Status {
  readonly components: readonly ComponentStatus[];
  /** Of the log's head as the API server shows it; absent while it does not answer. */
  readonly revision?: string;
}

/** `status`: what runs, where, with how much memory, and the current revision. */
export function register(program: Command): void {
  withClusterOptions(
    program
      .command('status')
      .description('show what runs, where, with how much memory, and the current revision')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (options: ClusterOptions & { readonly output: string }) => {
    if (options.output !== 'text' && options.output !== 'json') {
      throw new UsageError(`--output is text or json, not "${options.output}"`);
    }
    const cluster = findLocalCluster(options);
    const components = [supervisorStatus(cluster), ...cluster.record.components.map(componentStatus)];
    const revision = await currentRevision(cluster.kubeconfig);
    const status: Status = { components, ...('revision' in revision ? revision : {}) };
    if (options.output === 'json') console.log(JSON.stringify(status));
    else print(status, 'reason' in revision ? revision.reason : undefined);
  });
}

function supervisorStatus({
  record,
}: FoundCluster & { readonly record: { readonly supervisor: { readonly pid: number } } }): ComponentStatus {
  const { pid } = record.supervisor;
  return { name: 'supervisor', pid, state: 'ready', address: '', rssBytes: processMemoryBytes(pid) };
}

function componentStatus({ name, process, state, address, metrics }: ComponentRecord): ComponentStatus {
  const alive = process !== undefined && isRunning(process);
  return {
    name,
    pid: alive ? process.pid : 0,
    state: alive ? state : 'stopped',
    address: address ?? '',
    rssBytes: alive ? memoryBytes(name, process.pid) : 0,
    ...(alive && metrics !== undefined ? { metrics } : {}),
  };
}

const memoryBytes = (name: ComponentRecord['name'], pid: number): number =>
  name === 'postgres' ? treeMemoryBytes(pid) : processMemoryBytes(pid);

async function currentRevision(
  kubeconfig: string,
): Promise<{ readonly revision: string } | { readonly reason: string }> {
  try {
    const api = await apiProbe(kubeconfig);
    try {
      const { status, body } = await api.get('/api/v1/namespaces?limit=1');
      if (status !== 200) return { reason: `the API server answers ${status}` };
      const list = JSON.parse(body) as { readonly metadata?: { readonly resourceVersion?: string } };
      return { revision: list.metadata?.resourceVersion ?? '' };
    } finally {
      api.close();
    }
  } catch (error) {
    return { reason: messageOf(error) };
  }
}

function print({ components, revision }: Status, reason: string | undefined): void {
  const rows = components.map(({ name, pid, state, address, rssBytes }) => [
    name,
    state,
    pid === 0 ? '-' : String(pid),
    rssBytes === 0 ? '-' : `${(rssBytes / 1024 / 1024).toFixed(0)} MiB`,
    address,
  ]);
  const table = [['COMPONENT', 'STATE', 'PID', 'MEMORY', 'ADDRESS'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  for (const row of table)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  const total = components.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
  console.log(
    `memory ${(total / 1024 / 1024).toFixed(0)} MiB; ${revision === undefined ? reason : `revision ${revision}`}`,
  );
}
