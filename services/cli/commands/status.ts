import type { Command } from 'commander';
import { messageOf } from '@taffrail/platform/failure';
import { apiProbe } from '../api-probe.ts';
import { findLocalCluster, type FoundCluster } from '../cluster.ts';
import { withClusterOptions, type ClusterOptions } from '../cluster.ts';
import type { ComponentRecord } from '../cluster/cluster-record.ts';
import { UsageError } from '../failure.ts';
import { figuresOf, figuresText, type Figures } from '../status/component-figures.ts';
import { sampleComponent } from '../status/component-sample.ts';
import { processMemoryBytes } from '../status/process-memory.ts';
import { mebibytes, tableLines } from '../status/table.ts';

/** One row of `status`; scripts rely on the names. */
interface ComponentStatus {
  readonly name: string;
  readonly pid: number;
  readonly state: string;
  readonly address: string;
  readonly rssBytes: number;
  /** URL of its metrics on this machine, for our own services. */
  readonly metrics?: string;
  /** What it does: lag, what waits, what it holds; of our own services. */
  readonly figures?: Figures;
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
    const running = await Promise.all(cluster.record.components.map(componentStatus));
    const components = [supervisorStatus(cluster), ...running];
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

async function componentStatus(record: ComponentRecord): Promise<ComponentStatus> {
  const sample = await sampleComponent(record);
  const { name, pid, state, address, rssBytes, metricsUrl } = sample;
  return {
    name,
    pid,
    state,
    address,
    rssBytes,
    ...(metricsUrl === undefined ? {} : { metrics: metricsUrl, figures: figuresOf(sample) }),
  };
}

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
  const rows = components.map(({ name, pid, state, address, rssBytes, figures }) => [
    name,
    state,
    pid === 0 ? '-' : String(pid),
    mebibytes(rssBytes),
    [address, ...(figures === undefined ? [] : [figuresText(name, figures)])].filter((text) => text !== '').join(', '),
  ]);
  for (const line of tableLines([['COMPONENT', 'STATE', 'PID', 'MEMORY', ''], ...rows])) console.log(line);
  const total = components.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
  console.log(`memory ${mebibytes(total)}; ${revision === undefined ? reason : `revision ${revision}`}`);
}
