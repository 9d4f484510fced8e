import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError, messageOf } from '@taffrail/platform/failure';
import type { Random } from '@taffrail/platform/random';
import { clusterPkiFiles } from '@taffrail/pki/cluster-pki';
import { ensureClusterPki } from '@taffrail/pki/ensure-cluster-pki';
import { serviceEntry } from '../services.ts';
import { flagArguments } from './flag-arguments.ts';

export interface CredentialsOptions {
  readonly dataDir: string;
  readonly server: string;
  /** Names and addresses of this machine. */
  readonly hosts: readonly string[];
  readonly serviceCidr: string;
  readonly nodeNames: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Makes sure of certificates and kubeconfigs. The first time a process of its own makes them: the library that can is
 * large, and the supervisor would hold it for as long as the cluster runs.
 */
export async function ensureCredentials(options: CredentialsOptions): Promise<void> {
  const { dataDir, server, hosts, serviceCidr, nodeNames } = options;
  if (existsSync(clusterPkiFiles(dataDir).adminKubeconfigFile)) {
    await ensureClusterPki(dataDir, {
      clock: options.clock,
      random: options.random,
      server,
      apiHosts: hosts,
      serviceCidr,
      nodes: nodeNames.map((name) => ({ name, addresses: hosts })),
    });
    return;
  }
  const args = [
    ...flagArguments({ 'data-dir': dataDir, server, 'service-cidr': serviceCidr }),
    ...hosts.flatMap((host) => flagArguments({ host })),
    ...nodeNames.flatMap((name) => flagArguments({ node: `${name}=${hosts.join(',')}` })),
  ];
  try {
    await promisify(execFile)(process.execPath, [serviceEntry('cli'), 'pki', ...args]);
  } catch (error) {
    throw new OperatingError('permission', `the certificates could not be made: ${messageOf(error)}`, { cause: error });
  }
}
