import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

/** Resident memory of one process in bytes; 0 when it is gone. */
export function processMemoryBytes(pid: number): number {
  return process.platform === 'linux' ? field(`/proc/${pid}/status`, 'VmRSS') : byPs(pid);
}

/**
 * Memory of a server that works in several processes (Postgres), in bytes: the sum of their proportional sets, since
 * they share most of it. Where the system does not tell those, the first process alone.
 */
export function treeMemoryBytes(pid: number): number {
  if (process.platform !== 'linux') return processMemoryBytes(pid);
  return processTree(pid).reduce((sum, one) => sum + field(`/proc/${one}/smaps_rollup`, 'Pss'), 0);
}

function field(file: string, name: string): number {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return 0; // ended meanwhile
  }
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return Number(kilobytes ?? 0) * 1024;
}

/** The process and everything below it. */
export function processTree(root: number): readonly number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]));
    } catch {
      // ended between the listing and the look
    }
  }
  const found = [root];
  for (const current of found) for (const [pid, parent] of parents) if (parent === current) found.push(pid);
  return found;
}

function byPs(pid: number): number {
  try {
    return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).trim()) * 1024;
  } catch {
    return 0; // ps exits 1 when the process is gone
  }
}
