import { mkdir, readdir, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerResources } from '../runtime/port.ts';

/** The pods' own cgroups: made with their limits, and removed (a runtime leaves them behind). */
export interface Cgroups {
  /** The parent a pod's containers go into, as runtimes name it. */
  parentOf(podUid: string): string;
  prepare(podUid: string, resources: ContainerResources): Promise<void>;
  remove(podUid: string): Promise<void>;
  /** Removes the common parent when no pod is left. */
  close(): Promise<void>;
}

/** For runtimes without processes. */
export const noCgroups: Cgroups = Object.freeze<Cgroups>({
  parentOf: (podUid) => `/pod${podUid}`,
  prepare: () => Promise.resolve(),
  remove: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

const ROOT = '/sys/fs/cgroup';

/** The machine's cgroups, version 1 (each controller a tree of its own) or 2. `root` starts with a slash. */
export async function linuxCgroups(root: string): Promise<Cgroups> {
  const isUnified = await stat(join(ROOT, 'cgroup.controllers')).then(
    () => true,
    () => false,
  );
  const trees = isUnified ? [''] : await controllerTrees();
  const parentOf = (podUid: string): string => `${root}/pod${podUid}`;
  return Object.freeze<Cgroups>({
    parentOf,
    async prepare(podUid, resources) {
      const parent = parentOf(podUid);
      for (const tree of trees) await mkdir(join(ROOT, tree, parent), { recursive: true });
      if (isUnified) await limitUnified(root, parent, resources);
      else await limitTrees(trees, parent, resources);
    },
    async remove(podUid) {
      for (const tree of trees) await removeTree(join(ROOT, tree, parentOf(podUid)));
    },
    async close() {
      for (const tree of trees) await rmdir(join(ROOT, tree, root)).catch(ignoreBusy);
    },
  });
}

async function controllerTrees(): Promise<readonly string[]> {
  const entries = await readdir(ROOT, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function limitTrees(trees: readonly string[], parent: string, resources: ContainerResources): Promise<void> {
  const write = async (controller: string, file: string, value: number | undefined): Promise<void> => {
    const tree = trees.find((name) => name.split(',').includes(controller));
    if (tree !== undefined && value !== undefined) await writeFile(join(ROOT, tree, parent, file), String(value));
  };
  await write('cpu', 'cpu.shares', resources.cpuShares);
  await write('cpu', 'cpu.cfs_period_us', resources.cpuPeriodMicros);
  await write('cpu', 'cpu.cfs_quota_us', resources.cpuQuotaMicros);
  await write('memory', 'memory.limit_in_bytes', resources.memoryLimitBytes);
}

async function limitUnified(root: string, parent: string, resources: ContainerResources): Promise<void> {
  for (const level of ['/', root]) await writeFile(join(ROOT, level, 'cgroup.subtree_control'), '+cpu +memory +pids');
  const { cpuShares = 1024, cpuQuotaMicros, cpuPeriodMicros, memoryLimitBytes } = resources;
  const weight = Math.max(1, Math.min(10_000, Math.round(1 + ((cpuShares - 2) * 9999) / 262_142)));
  await writeFile(join(ROOT, parent, 'cpu.weight'), String(weight));
  if (cpuQuotaMicros !== undefined) {
    await writeFile(join(ROOT, parent, 'cpu.max'), `${cpuQuotaMicros} ${cpuPeriodMicros}`);
  }
  if (memoryLimitBytes !== undefined) await writeFile(join(ROOT, parent, 'memory.max'), String(memoryLimitBytes));
}

/** Children first: a cgroup directory is removed by rmdir alone. */
async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(directory, entry.name));
  await rmdir(directory).catch(ignoreBusy);
}

/** Still in use, or gone already: the next clean-up sees it again. */
function ignoreBusy(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT' && error.code !== 'EBUSY' && error.code !== 'ENOTEMPTY') throw error;
}
