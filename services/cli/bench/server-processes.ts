import { readFileSync } from 'node:fs';
import { processMemoryBytes, processTree, treeMemoryBytes } from '../status/process-memory.ts';

/** What the server's processes have used together. */
export interface ProcessFigures {
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** One clock tick of /proc, which Linux fixes for user space at a hundredth of a second. */
const TICK_MS = 10;

/**
 * Figures of some processes and of everything below them now; undefined where nobody said which they are, or the system
 * does not tell.
 */
export function processFigures(pids: readonly number[]): ProcessFigures | undefined {
  if (pids.length === 0 || process.platform !== 'linux') return undefined;
  const all = pids.map((pid) => {
    const tree = processTree(pid);
    return {
      cpuMs: tree.reduce((sum, one) => sum + cpuMsOf(one), 0),
      rssBytes: tree.length === 1 ? processMemoryBytes(pid) : treeMemoryBytes(pid),
    };
  });
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    rssBytes: all.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
  };
}

/** CPU time of a process and of its children that have ended; one that is gone counts nothing. */
export function cpuMsOf(pid: number): number {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return 0; // ended meanwhile
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime are fields 14 to 17 of the whole line, counted from 1; the state is the third.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
}
