import { isRunning } from '@taffrail/embedded/running-process';
import { cpuMsOf } from '../bench/server-processes.ts';
import type { ComponentRecord } from '../cluster/cluster-record.ts';
import { readMetrics, type ReadMetrics } from './metrics-text.ts';
import { processMemoryBytes, processTree, treeMemoryBytes } from './process-memory.ts';

/** A component at one moment. */
export interface ComponentSample {
  readonly name: string;
  readonly state: string;
  /** 0 when it does not run. */
  readonly pid: number;
  readonly address: string;
  readonly rssBytes: number;
  readonly cpuMs: number;
  /** Undefined for what has none or does not answer. */
  readonly metrics: ReadMetrics | undefined;
  readonly metricsUrl: string | undefined;
}

const METRICS_TIMEOUT_MS = 2_000;

export async function sampleComponent(record: ComponentRecord): Promise<ComponentSample> {
  const { name, process, state, address = '', metrics: url } = record;
  const pid = process !== undefined && isRunning(process) ? process.pid : 0;
  const alive = pid !== 0;
  return {
    name,
    state: alive ? state : 'stopped',
    pid,
    address,
    // Postgres works in several processes that share most of their memory.
    rssBytes: !alive ? 0 : name === 'postgres' ? treeMemoryBytes(pid) : processMemoryBytes(pid),
    cpuMs: alive ? processTree(pid).reduce((sum, one) => sum + cpuMsOf(one), 0) : 0,
    metrics: alive && url !== undefined ? await fetchMetrics(url) : undefined,
    metricsUrl: alive ? url : undefined,
  };
}

async function fetchMetrics(url: string): Promise<ReadMetrics | undefined> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(METRICS_TIMEOUT_MS) });
    return answer.ok ? readMetrics(await answer.text()) : undefined;
  } catch {
    return undefined; // its state and its log tell why
  }
}
