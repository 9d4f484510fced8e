import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { limits } from '@taffrail/platform/limits';
import type { Clock } from '@taffrail/platform/clock';

/** One run of a program: a pid alone may belong to someone else after a while, a pid with its start time does not. */
export interface RunningProcess {
  readonly pid: number;
  /** Opaque text that differs between two processes with the same pid, also across reboots. */
  readonly startedAt: string;
}

/** The process that has `pid` now; `undefined` when there is none, or only its unreaped remains. */
export function runningProcess(pid: number): RunningProcess | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether exactly this run is still there. */
export function isRunning(expected: RunningProcess): boolean {
  return runningProcess(expected.pid)?.startedAt === expected.startedAt;
}

/** The directory a process works in; `undefined` where the system does not tell. */
export function workingDirectoryOf(pid: number): string | undefined {
  return readLink(`/proc/${pid}/cwd`);
}

/**
 * Signals a process that may not be our child and waits until it is gone; after the bound it is killed.
 * Resolves at once when it is gone already.
 */
export async function terminate(
  target: RunningProcess,
  options: { readonly clock: Clock; readonly signal?: NodeJS.Signals; readonly timeoutMs?: number },
): Promise<void> {
  const { clock } = options;
  const timeoutMs = options.timeoutMs ?? limits.childStopMs;
  if (!signalIfRunning(target, options.signal ?? 'SIGTERM')) return;
  const deadlineMs = clock.monotonicMs() + timeoutMs;
  while (isRunning(target)) {
    if (clock.monotonicMs() > deadlineMs) signalIfRunning(target, 'SIGKILL');
    await clock.sleep(20);
  }
}

function signalIfRunning(target: RunningProcess, signal: NodeJS.Signals): boolean {
  if (!isRunning(target)) return false;
  try {
    process.kill(target.pid, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

function startOnLinux(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined; // no such process
  }
  // The program's name stands in brackets and may itself hold blanks and brackets: read on behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  if (state === 'Z' || state === 'X') return undefined;
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${boot}/${fields[19]}`; // field 22 of proc(5): start time in clock ticks since boot
}

function startByPs(pid: number): string | undefined {
  try {
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined; // ps exits 1 when there is no such process
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
