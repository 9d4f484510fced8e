import type { Command } from 'commander';
import { isRunning, terminate } from '@taffrail/embedded/running-process';
import { systemClock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import { readClusterRecord, writeClusterRecord, type ClusterRecord } from '../cluster/cluster-record.ts';
import { dataDirectory } from '../cluster/cluster-directory.ts';
import { stopOrder } from '../cluster/stop-order.ts';
import { findNodePrograms } from '../node/node-programs.ts';
import { nodePaths } from '../node/node-paths.ts';
import { removeTraces, stopPods } from '../node/stop-pods.ts';
import { OperatingError } from '@taffrail/platform/failure';

/** `down`: stops the cluster of a data directory, pods included. Nothing to stop is success. */
export function register(program: Command): void {
  program
    .command('down')
    .description('stop the cluster on this machine, pods included; its data stays')
    .option('--data-dir <dir>', 'data directory of the cluster (default: TAFFRAIL_DATA_DIR, else the usual place)')
    .action(async (options: { readonly dataDir?: string }) => {
      const dataDir = dataDirectory(options.dataDir);
      const record = readClusterRecord(dataDir);
      if (record === undefined) {
        console.log(`no cluster was ever started on ${dataDir}`);
        return;
      }
      if (isRunning(record.supervisor)) await stopSupervisor(record);
      else await stopOrphans(dataDir, record);
    });
}

/** The supervisor stops everything itself, in order, and ends. */
async function stopSupervisor(record: ClusterRecord): Promise<void> {
  const startedMs = systemClock.monotonicMs();
  console.log(`stopping the cluster (process ${record.supervisor.pid})`);
  await terminate(record.supervisor, { clock: systemClock, timeoutMs: limits.clusterStopMs });
  const left = record.components.filter(({ process }) => process !== undefined && isRunning(process));
  if (left.length > 0) {
    throw new OperatingError(
      'timeout',
      `still running: ${left.map(({ name }) => name).join(', ')}; run "taffrail down" again`,
    );
  }
  console.log(`stopped in ${((systemClock.monotonicMs() - startedMs) / 1000).toFixed(1)} s`);
}

/** The supervisor was killed: what it had started is stopped from here. */
async function stopOrphans(dataDir: string, record: ClusterRecord): Promise<void> {
  const left = record.components.filter(({ process }) => process !== undefined && isRunning(process));
  if (left.length === 0) {
    console.log('no cluster runs here');
    return;
  }
  console.log(`its supervisor is gone; stopping ${left.map(({ name }) => name).join(', ')}`);
  const paths = nodePaths(dataDir);
  for (const group of stopOrder(left)) {
    const endsRuntime = group.some(({ name }) => name === 'containerd');
    if (endsRuntime) {
      const count = await stopPods(paths.containerdSocket);
      if (count > 0) console.log(`stopped ${count} ${count === 1 ? 'pod' : 'pods'}`);
    }
    await Promise.all(
      group.map(async ({ name, process }) => {
        if (process === undefined) return;
        await terminate(process, { clock: systemClock, signal: name === 'postgres' ? 'SIGINT' : 'SIGTERM' });
      }),
    );
    if (endsRuntime) {
      const programs = findNodePrograms();
      if (!('packages' in programs)) await removeTraces(paths, programs);
    }
  }
  writeClusterRecord(dataDir, {
    ...record,
    components: record.components.map(({ process: _gone, ...rest }) => ({ ...rest, state: 'stopped' })),
  });
}
