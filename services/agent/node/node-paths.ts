import { join } from 'node:path';
import type { Pod } from '@taffrail/resources/generated/types';

/** Where the agent keeps what belongs to pods, below its data directory. */
export interface NodePaths {
  /** Everything of one pod except its logs. */
  podDirectory(uid: string): string;
  readonly podsDirectory: string;
  volume(uid: string, plugin: string, name: string): string;
  hostsFile(uid: string): string;
  terminationMessage(uid: string, container: string, attempt: number): string;
  logDirectory(pod: Pod): string;
  readonly logsDirectory: string;
  /** Relative to the pod's log directory. */
  logFile(container: string, attempt: number): string;
}

/** The layout below a data directory. */
export function nodePaths(dataDirectory: string): NodePaths {
  const podsDirectory = join(dataDirectory, 'pods');
  const logsDirectory = join(dataDirectory, 'logs');
  const podDirectory = (uid: string): string => join(podsDirectory, uid);
  return Object.freeze<NodePaths>({
    podsDirectory,
    logsDirectory,
    podDirectory,
    volume: (uid, plugin, name) => join(podDirectory(uid), 'volumes', plugin, name),
    hostsFile: (uid) => join(podDirectory(uid), 'etc-hosts'),
    terminationMessage: (uid, container, attempt) => join(podDirectory(uid), 'containers', container, String(attempt)),
    logDirectory: ({ metadata }) => join(logsDirectory, `${metadata.namespace}_${metadata.name}_${metadata.uid}`),
    logFile: (container, attempt) => `${container}/${attempt}.log`,
  });
}
