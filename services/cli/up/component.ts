import type { ChildExit } from '@taffrail/embedded/child';
import type { RunningProcess } from '@taffrail/embedded/running-process';
import type { ComponentName } from '../cluster/cluster-record.ts';

/** One run of a component that is ready. */
export interface RunningComponent {
  readonly process: RunningProcess;
  readonly exited: Promise<ChildExit>;
  /** What people see behind its name, e.g. `127.0.0.1:4222, nats-server 2.14.0 (package)`. */
  readonly detail: string;
  readonly address?: string;
  /** URL of its metrics, for those that have any. */
  readonly metrics?: string;
  stop(): Promise<void>;
}

/** Something `up` keeps running. */
export interface Component {
  readonly name: ComponentName;
  readonly logFile: string;
  /**
   * Starts it and resolves when it is ready; rejects when it ends before. `spawned` is told the process as soon as
   * there is one, so that it can be found again when the supervisor is killed meanwhile.
   */
  start(spawned: (process: RunningProcess) => void, signal: AbortSignal): Promise<RunningComponent>;
}
