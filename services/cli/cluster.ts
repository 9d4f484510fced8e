import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { isRunning } from '@taffrail/embedded/running-process';
import { environmentVariable } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { readClusterRecord, type ClusterRecord } from './cluster/cluster-record.ts';
import { dataDirectory } from './cluster/cluster-directory.ts';

/** How a command says which cluster it means. */
export interface ClusterOptions {
  readonly dataDir?: string;
  readonly kubeconfig?: string;
}

/** A cluster to talk to. The addresses behind the API are known only on the machine that runs it. */
export interface FoundCluster {
  readonly kubeconfig: string;
  readonly dataDir?: string;
  readonly record?: ClusterRecord;
}

/** Adds the options every command has that talks to a cluster. */
export function withClusterOptions(command: Command): Command {
  return command
    .option(
      '--data-dir <dir>',
      'data directory of a cluster on this machine (default: TAFFRAIL_DATA_DIR, else the usual place)',
    )
    .option('--kubeconfig <file>', 'kubeconfig of any cluster (default: KUBECONFIG)');
}

/**
 * Finds the cluster: --kubeconfig, --data-dir, TAFFRAIL_DATA_DIR, the usual data directory when a cluster runs there,
 * KUBECONFIG. Throws `unavailable` when there is none.
 */
export function findCluster(options: ClusterOptions): FoundCluster {
  if (options.kubeconfig !== undefined) return fromKubeconfig(options.kubeconfig);
  const dataDir = dataDirectory(options.dataDir);
  const record = readClusterRecord(dataDir);
  if (record !== undefined && isRunning(record.supervisor)) return { kubeconfig: record.kubeconfig, dataDir, record };
  const named = options.dataDir ?? environmentVariable('TAFFRAIL_DATA_DIR');
  const fromEnvironment = environmentVariable('KUBECONFIG');
  if (named === undefined && fromEnvironment !== undefined) return fromKubeconfig(fromEnvironment);
  throw notRunning(dataDir);
}

/** The same, for commands that need the log or the database itself and therefore the cluster's own machine. */
export function findLocalCluster(
  options: ClusterOptions,
): FoundCluster & { readonly dataDir: string; readonly record: ClusterRecord } {
  const dataDir = dataDirectory(options.dataDir ?? dataDirectoryOf(options.kubeconfig));
  const record = readClusterRecord(dataDir);
  if (record === undefined || !isRunning(record.supervisor)) throw notRunning(dataDir);
  return { kubeconfig: record.kubeconfig, dataDir, record };
}

/** `up` writes its kubeconfig into the data directory: one names the other. */
function dataDirectoryOf(kubeconfig = environmentVariable('KUBECONFIG')): string | undefined {
  if (kubeconfig === undefined || environmentVariable('TAFFRAIL_DATA_DIR') !== undefined) return undefined;
  const directory = resolve(kubeconfig, '..');
  return existsSync(join(directory, 'cluster.json')) ? directory : undefined;
}

function fromKubeconfig(file: string): FoundCluster {
  if (!existsSync(file))
    throw new OperatingError('unavailable', `there is no kubeconfig ${file}`, { retryable: false });
  const dataDir = dataDirectoryOf(file);
  const record = dataDir === undefined ? undefined : readClusterRecord(dataDir);
  return record === undefined || dataDir === undefined ? { kubeconfig: file } : { kubeconfig: file, dataDir, record };
}

function notRunning(dataDir: string): OperatingError {
  return new OperatingError('unavailable', `no cluster runs on ${dataDir}: start one with "taffrail up"`, {
    retryable: false,
  });
}
