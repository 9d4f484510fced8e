import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { NodePaths } from './node-paths.ts';
import { runtimeClient } from './runtime-client.ts';

/**
 * Ends every pod of a node: containers get a grace period, then sandboxes are removed with their network.
 * Resolves with the number of pods; afterwards no shim, no interface and no address is left.
 */
export async function stopPods(socket: string, clock: Clock): Promise<number> {
  const runtime = runtimeClient(socket, clock);
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

/** Removes the bridge pods hung on. */
export async function removeBridge(paths: NodePaths, ip: string): Promise<void> {
  if (!existsSync(`/sys/class/net/${paths.bridge}`)) return;
  await promisify(execFile)(ip, ['link', 'delete', paths.bridge]);
}

async function inTurns<T>(items: readonly T[], width: number, task: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
