import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { limits } from '@taffrail/platform/limits';
import type { NodePaths } from './node-paths.ts';
import type { NodePrograms } from './node-programs.ts';
import { removeCgroups } from './remove-cgroups.ts';
import { runtimeClient } from './runtime-client.ts';

/**
 * Ends every pod of a node: containers get a grace period, then sandboxes are removed with their network.
 * Resolves with the number of pods; afterwards no shim, no interface and no address is left.
 */
export async function stopPods(socket: string): Promise<number> {
  const runtime = runtimeClient(socket);
  try {
    const containers = await runtime.containers();
    await Promise.all(containers.map((id) => runtime.stopContainer(id, limits.clusterStopGraceSeconds)));
    const sandboxes = await runtime.sandboxes();
    await inTurns(sandboxes, STOP_CONCURRENCY, (id) => runtime.removeSandbox(id));
    return sandboxes.length;
  } finally {
    runtime.close();
  }
}

const STOP_CONCURRENCY = 8;

/** Removes what a node without pods leaves in the system: the bridge, the agent's table, cgroups, the run directory. */
export async function removeTraces(paths: NodePaths, programs: Pick<NodePrograms, 'ip' | 'nft'>): Promise<void> {
  const execute = promisify(execFile);
  if (existsSync(`/sys/class/net/${paths.bridge}`)) await execute(programs.ip, ['link', 'delete', paths.bridge]);
  // An agent that ends in order removes its table itself. Added first, since deleting what is not there fails.
  await execute(programs.nft, [`add table ip ${paths.table}; delete table ip ${paths.table}`]);
  removeCgroups(paths.cgroup);
  // What is still mounted belongs to a container that could not be ended; deleting through the mount would empty it.
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const mounted = mounts.some((line) => line.split(' ')[1]?.startsWith(paths.runDir));
  if (!mounted) rmSync(paths.runDir, { recursive: true, force: true });
}

async function inTurns<T>(items: readonly T[], width: number, task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
