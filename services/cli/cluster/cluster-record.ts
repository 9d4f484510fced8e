import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningProcess } from '@taffrail/embedded/running-process';
import { OperatingError } from '@taffrail/platform/failure';

/** Version of the data directory's layout. A newer one is refused, an older one would be converted. */
export const DATA_FORMAT = 1;

/** What `up` starts, in the order it is shown. */
export type ComponentName = 'nats' | 'postgres' | 'api' | 'controllers' | 'scheduler' | 'containerd' | `agent${string}`;

export type ComponentState = 'starting' | 'ready' | 'restarting' | 'stopped' | 'external';

export interface ComponentRecord {
  readonly name: ComponentName;
  readonly state: ComponentState;
  readonly process?: RunningProcess;
  readonly address?: string;
  /** URL of its metrics on this machine. */
  readonly metrics?: string;
  readonly logFile?: string;
}

export interface NodeRecord {
  readonly name: string;
  readonly runtime: 'containerd' | 'simulated';
  /** Unix socket of the container runtime. */
  readonly runtimeEndpoint?: string;
}

/**
 * `<data-dir>/cluster.json`: what runs and how to reach it. Written by the supervisor alone, read by every other command.
 * The addresses stay after a stop, so that the next `up` takes the same ports again.
 */
export interface ClusterRecord {
  readonly format: number;
  readonly supervisor: RunningProcess;
  /** URL of the API server. */
  readonly server: string;
  readonly kubeconfig: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly components: readonly ComponentRecord[];
  readonly nodes: readonly NodeRecord[];
}

const fileOf = (dataDir: string): string => join(dataDir, 'cluster.json');

/** Reads the record; `undefined` when no cluster was ever started there. Throws `format-too-new` or `protocol`. */
export function readClusterRecord(dataDir: string): ClusterRecord | undefined {
  const file = fileOf(dataDir);
  if (!existsSync(file)) return undefined;
  let record: ClusterRecord;
  try {
    record = JSON.parse(readFileSync(file, 'utf8')) as ClusterRecord;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES')
      throw new OperatingError('permission', `${file} cannot be read by this user`, { cause: error });
    throw new OperatingError('protocol', `${file} is damaged; move it away to start from the rest`, { cause: error });
  }
  if (record.format > DATA_FORMAT) {
    throw new OperatingError(
      'format-too-new',
      `${dataDir} was made by a newer Taffrail (format ${record.format}, this one knows ${DATA_FORMAT}): use that version`,
    );
  }
  return record;
}

/** Replaces the record atomically: a reader sees the old or the new one. */
export function writeClusterRecord(dataDir: string, record: ClusterRecord): void {
  const unfinished = `${fileOf(dataDir)}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(unfinished, fileOf(dataDir));
}
