import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Removes a cgroup and what is below it, in every controller's tree (version 1) or the one tree (version 2). The runtime
 * leaves the parents of its containers' cgroups behind, and the agent has ended before the last pod. One that still holds
 * a process stays.
 */
export function removeCgroups(name: string, root = '/sys/fs/cgroup'): void {
  if (!existsSync(root)) return;
  const controllers = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const tree of [root, ...controllers.map((entry) => join(root, entry.name))]) removeTree(join(tree, name));
}

/** Children first: a cgroup directory goes by rmdir alone, its files with it. */
function removeTree(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(directory, entry.name));
  }
  try {
    rmdirSync(directory);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EBUSY', 'ENOENT', 'ENOTEMPTY'].includes(code)) throw error;
  }
}
