import { parseArgs } from 'node:util';
import { CLUSTER_OPTIONS, CLUSTER_USAGE, checkedCluster, type ClusterFlags } from '@taffrail/controller/run-service';

export interface ControllersFlags extends ClusterFlags {
  /** Whether every namespace gets the CA of Services as well. */
  readonly publishServiceCa: boolean;
}

const OPTIONS = { ...CLUSTER_OPTIONS, 'no-service-ca': { type: 'boolean', default: false } } as const;

export const USAGE = `usage: taffrail controllers ${CLUSTER_USAGE} [--no-service-ca]`;

/** Reads the command line of the controllers. Throws UsageError, or what parseArgs throws. */
export function controllersFlags(args: readonly string[]): ControllersFlags {
  const { values } = parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false });
  return { ...checkedCluster(values), publishServiceCa: !values['no-service-ca'] };
}
