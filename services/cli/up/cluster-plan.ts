import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freeBytesOf, watchDiskRoom } from '@taffrail/embedded/disk-room';
import { natsUrl, startNats } from '@taffrail/embedded/nats-server';
import { postgresUrl, startPostgres } from '@taffrail/embedded/postgres-server';
import type { EmbeddedServer } from '@taffrail/embedded/server';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Random } from '@taffrail/platform/random';
import { clusterPkiFiles, nodePkiFiles } from '@taffrail/pki/cluster-pki';
import type { ApiProbe } from '../api-probe.ts';
import type { ComponentName, NodeRecord } from '../cluster/cluster-record.ts';
import { nodePaths } from '../node/node-paths.ts';
import type { NodePrograms } from '../node/node-programs.ts';
import { agentComponent } from './agent-component.ts';
import type { Component, RunningComponent } from './component.ts';
import { containerdComponent } from './containerd-component.ts';
import { flagArguments } from './flag-arguments.ts';
import type { UpOptions } from './options.ts';
import { serviceComponent } from './service-component.ts';

/** What has been settled before anything starts. */
export interface ClusterSetting {
  readonly options: UpOptions;
  readonly dataDir: string;
  /** URL of the API server. */
  readonly server: string;
  readonly natsPort: number;
  readonly nodeAddress: string;
  /** Absent: the node is simulated. */
  readonly programs?: NodePrograms;
  readonly api: ApiProbe;
  /** Resolves when certificates and kubeconfigs are there. */
  readonly credentials: Promise<unknown>;
  readonly clock: Clock;
  readonly random: Random;
}

/** Everything `up` keeps running and how to reach it. The addresses are known beforehand, so all of it can start at once. */
export interface ClusterPlan {
  readonly components: readonly Component[];
  readonly nodes: readonly NodeRecord[];
  readonly natsUrl: string;
  readonly databaseUrl: string;
}

/** Settles what is started with which arguments. */
export function clusterPlan(setting: ClusterSetting): ClusterPlan {
  const { options, dataDir, clock, random, natsPort } = setting;
  const logFile = (name: string): string => join(dataDir, 'logs', `${name}.log`);
  const natsDir = join(dataDir, 'nats');
  const postgresDir = join(dataDir, 'postgres');
  const nats = options.natsUrl ?? natsUrl(natsDir, natsPort);
  const database = options.databaseUrl ?? postgresUrl(postgresDir);

  const servers: Component[] = [];
  if (options.natsUrl === undefined) {
    servers.push(
      embedded('nats', logFile('nats'), async (spawned, signal) => {
        const server = await startNats({
          storeDir: natsDir,
          port: natsPort,
          logFile: logFile('nats'),
          clock,
          random,
          signal,
          spawned,
          ...(options.natsServer === undefined ? {} : { binary: options.natsServer }),
        });
        return endedWhenRoomReturns(server, natsDir, clock);
      }),
    );
  }
  if (options.databaseUrl === undefined) {
    servers.push(
      embedded('postgres', logFile('postgres'), (spawned, signal) =>
        startPostgres({ directory: postgresDir, logFile: logFile('postgres'), clock, signal, spawned }),
      ),
    );
  }
  const nodes = plannedNodes(setting);
  return {
    components: [
      ...servers,
      ...controlPlane(setting, nats, database, logFile),
      ...(setting.programs === undefined
        ? []
        : [
            containerdComponent({
              paths: nodePaths(dataDir),
              programs: setting.programs,
              podCidr: options.podCidr,
              logFile: logFile('containerd'),
              clock,
            }),
          ]),
      ...nodes.map((node, index) => agent(setting, node, index, nats, logFile)),
    ],
    nodes,
    natsUrl: nats,
    databaseUrl: database,
  };
}

type StartServer = (spawned: Parameters<Component['start']>[0], signal: AbortSignal) => Promise<EmbeddedServer>;

function embedded(name: ComponentName, logFile: string, start: StartServer): Component {
  return {
    name,
    logFile,
    async start(spawned, signal): Promise<RunningComponent> {
      const server = await start(spawned, signal);
      const address = server.url.replace(/\?tokenFile=.*/, '');
      return {
        process: server.process,
        exited: server.exited,
        address,
        detail: `${address.startsWith('nats:') ? `${address}, ` : ''}${server.description}`,
        stop: () => server.stop(),
      };
    },
  };
}

/** A log server that found its disk full must be started anew once there is room: it is ended, and so started again. */
function endedWhenRoomReturns(server: EmbeddedServer, directory: string, clock: Clock): EmbeddedServer {
  const endWatch = watchDiskRoom({
    clock,
    freeBytes: () => freeBytesOf(directory),
    onReturned: () => void server.stop(),
  });
  return {
    ...server,
    stop: () => {
      endWatch();
      return server.stop();
    },
  };
}

function controlPlane(
  setting: ClusterSetting,
  nats: string,
  database: string,
  logFile: (name: string) => string,
): readonly Component[] {
  const { options, dataDir, clock, api, server } = setting;
  const pki = clusterPkiFiles(dataDir);
  const apiReady = async (signal: AbortSignal): Promise<string | undefined> => {
    try {
      const { status, body } = await api.get('/readyz', signal);
      return status === 200 ? undefined : `/readyz answers ${status} ${body.slice(0, 200)}`;
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error.message : String(error);
    }
  };
  const client = (name: 'controllers' | 'scheduler', kubeconfig: string, ...more: readonly string[]): Component =>
    serviceComponent({
      name,
      service: name,
      args: [...flagArguments({ kubeconfig, 'nats-url': nats }), ...more],
      logFile: logFile(name),
      telemetry: options,
      clock,
      detail: '',
      heapMiB: limits.serviceHeapMiB,
      youngHeapMiB: limits.serviceYoungHeapMiB,
      credentials: setting.credentials,
      missing: apiReady, // they can do nothing before that, and nothing else tells from outside
    });
  return [
    serviceComponent({
      name: 'api',
      service: 'api',
      args: [
        ...flagArguments({
          'data-dir': dataDir,
          port: String(options.port),
          'bind-address': options.bindAddress,
          'advertise-address': options.advertiseAddress,
          'nats-url': nats,
          'database-url': database,
          'service-cidr': options.serviceCidr,
          'event-ttl': options.eventTtl,
          encrypt: options.encrypt.length === 0 ? undefined : options.encrypt.join(','),
        }),
        // Nobody else is meant to write to a server that runs for this cluster alone.
        ...(options.natsUrl === undefined ? ['--sole-writer'] : []),
        ...(hasNeverRun(setting) ? ['--first-start'] : []),
      ],
      logFile: logFile('api'),
      telemetry: options,
      clock,
      detail: server,
      address: server,
      heapMiB: limits.apiHeapMiB,
      youngHeapMiB: limits.apiYoungHeapMiB,
      credentials: setting.credentials,
      missing: apiReady,
    }),
    client('controllers', pki.controllersKubeconfigFile, ...(options.serviceCa ? [] : ['--no-service-ca'])),
    client('scheduler', pki.schedulerKubeconfigFile),
  ];
}

/** Whether there is neither a log nor a projection yet, and both are this cluster's own. */
function hasNeverRun({ options, dataDir }: ClusterSetting): boolean {
  const isThere = (...path: readonly string[]): boolean => existsSync(join(dataDir, ...path));
  const isOwn = options.natsUrl === undefined && options.databaseUrl === undefined;
  return isOwn && !isThere('nats', 'streams') && !isThere('postgres', 'data');
}

function plannedNodes({ options, dataDir, programs }: ClusterSetting): readonly NodeRecord[] {
  const first: NodeRecord =
    programs === undefined
      ? { name: options.nodeName, runtime: 'simulated' }
      : { name: options.nodeName, runtime: 'containerd', runtimeEndpoint: nodePaths(dataDir).containerdSocket };
  const simulated = Array.from({ length: options.simulatedNodes }, (_, index): NodeRecord => {
    return { name: `${options.nodeName}-simulated-${index + 1}`, runtime: 'simulated' };
  });
  return [first, ...simulated];
}

function agent(
  setting: ClusterSetting,
  node: NodeRecord,
  index: number,
  nats: string,
  logFile: (name: string) => string,
): Component {
  const { options, dataDir, nodeAddress, clock, api } = setting;
  const name: ComponentName = index === 0 ? 'agent' : `agent-${index}`;
  return agentComponent({
    name,
    node,
    kubeconfig: nodePkiFiles(dataDir, node.name).kubeconfigFile,
    natsUrl: nats,
    nodeAddress,
    directory: join(dataDir, index === 0 ? 'node' : `node-${index}`),
    podCidr: index === 0 ? options.podCidr : simulatedPodRange(index),
    serviceCidr: options.serviceCidr,
    api,
    credentials: setting.credentials,
    logFile: logFile(name),
    telemetry: options,
    clock,
  });
}

/** Simulated pods need addresses that differ, but no network has them: a range for documentation and benchmarks (RFC 2544). */
function simulatedPodRange(index: number): string {
  return `198.18.${index}.0/24`;
}
