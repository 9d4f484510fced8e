import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { limits } from '@taffrail/platform/limits';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { runningProcess, type RunningProcess } from './running-process.ts';

/** How a child ended. */
export interface ChildExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A program we started. Its output goes to a file, so it outlives us without a broken pipe. */
export interface Child {
  readonly process: RunningProcess;
  readonly exited: Promise<ChildExit>;
  /** The exit when it has ended, else `undefined`. */
  exit(): ChildExit | undefined;
  /** Signals it and waits for its end; kills it after the bound. Safe to call twice. */
  stop(signal?: NodeJS.Signals, timeoutMs?: number): Promise<void>;
}

export interface ChildOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * Starts a program in a session of its own: a Ctrl-C on the terminal reaches only the supervisor, which stops its
 * children in order. Throws `missing-dependency` or `permission` when it cannot be executed.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const log = openSync(options.logFile, 'a', 0o600);
  const child = spawn(options.command, options.args, {
    detached: true,
    stdio: ['ignore', log, log],
    env: options.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
  });
  closeSync(log);
  let exit: ChildExit | undefined;
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(cannotStart(options.command, error)));
  });
  const pid = child.pid;
  const identity = pid === undefined ? undefined : runningProcess(pid);
  // A process that ended within the same millisecond has no start time left; its exit tells the rest.
  const started: RunningProcess = identity ?? { pid: pid ?? 0, startedAt: '' };

  return {
    process: started,
    exited,
    exit: () => exit,
    async stop(signal = 'SIGTERM', timeoutMs = limits.childStopMs) {
      if (exit !== undefined) return;
      child.kill(signal);
      const cancel = options.clock.after(timeoutMs, () => child.kill('SIGKILL'));
      await exited;
      cancel();
    },
  };
}

/** The last lines of a log file, for error messages; empty when there is none. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
  } catch {
    return '';
  }
}

function cannotStart(command: string, error: Error): OperatingError {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT')
    return new OperatingError('missing-dependency', `${command} is not installed`, { cause: error });
  if (code === 'EACCES' || code === 'EPERM') {
    return new OperatingError('permission', `${command} may not be executed`, { cause: error });
  }
  return new OperatingError('unavailable', `${command} did not start: ${messageOf(error)}`, {
    cause: error,
    retryable: false,
  });
}
