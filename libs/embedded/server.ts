import type { RunningProcess } from './running-process.ts';

/** A server we started and stop: nats-server or Postgres. */
export interface EmbeddedServer {
  readonly url: string;
  readonly process: RunningProcess;
  readonly pid: number;
  /** What runs and where it came from, e.g. `nats-server 2.14.0 (package)`. */
  readonly description: string;
  /** Resolves with the exit when the server ends by itself or is stopped. */
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  /** Asks it to stop in order and waits; kills after a bound. */
  stop(): Promise<void>;
}
