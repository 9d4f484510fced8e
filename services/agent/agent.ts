import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ApiClient } from '@taffrail/controller/api-client';
import { httpApiClient } from '@taffrail/controller/http-api-client';
import { eventRecorder } from '@taffrail/controller/event-recorder';
import { openFollower } from '@taffrail/feed/jetstream-follower';
import { nodePodsFilter } from '@taffrail/feed/subject';
import { connectNats } from '@taffrail/log/connect';
import { nodePkiFiles } from '@taffrail/pki/cluster-pki';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { OperatingError } from '@taffrail/platform/failure';
import type { Clock } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Metrics } from '@taffrail/platform/metrics';
import type { Random } from '@taffrail/platform/random';
import type { Tracer } from '@taffrail/platform/tracer';
import type { Node } from '@taffrail/resources/generated/types';
import { parseResolvConf } from './containers/dns.ts';
import type { AgentFlags } from './flags.ts';
import { proxyServices } from './network/service-proxy.ts';
import { linuxCgroups, noCgroups, type Cgroups } from './node/cgroups.ts';
import { readMachine, type Machine } from './node/machine.ts';
import { renewNodeLease } from './node/node-lease.ts';
import { nodePaths, type NodePaths } from './node/node-paths.ts';
import { keepNode } from './node/node-registration.ts';
import type { NodeContext } from './pod-sync/node-context.ts';
import { measurePods, nodeMetrics } from './pod-sync/node-metrics.ts';
import { NodePods } from './pod-sync/node-pods.ts';
import { slots } from './pod-sync/slots.ts';
import { probeFactory } from './probes/probe-set.ts';
import { criRuntime } from './runtime/cri/cri-runtime.ts';
import { measuredRuntime } from './runtime/measured-runtime.ts';
import type { Runtime } from './runtime/port.ts';
import { simulatedRuntime } from './runtime/simulated/simulated-runtime.ts';
import { startAgentServer } from './server/agent-server.ts';
import { rotateLogs } from './server/log-rotation.ts';
import { followNodePods } from './source/node-pod-source.ts';
import { referencedObjects } from './source/referenced-objects.ts';
import { serviceView } from './source/service-view.ts';

export interface AgentOptions {
  readonly flags: AgentFlags;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tracer: Tracer;
  readonly metrics: Metrics;
}

/**
 * Runs a node until the signal is aborted. Waits for the API, the feed and the container runtime as long as it takes, and
 * does without each of them while it is away. Containers outlive it.
 */
export async function runAgent(options: AgentOptions, signal: AbortSignal): Promise<void> {
  const { flags, clock, random, logger, tracer, metrics } = options;
  const { nodeName, nodeIp, dataDirectory } = flags;
  await mkdir(dataDirectory, { recursive: true });
  await using scope = new AsyncDisposableStack();
  const stop = new AbortController();
  const within = AbortSignal.any([signal, stop.signal]);

  const endpoint = await readKubeconfig(flags.kubeconfig);
  const userAgent = 'taffrail-agent/0.1.0';
  const client = scope.adopt(httpApiClient({ endpoint, clock, userAgent, tracer, metrics }), (it) => it.close());
  const runtime = scope.adopt(measuredRuntime(openRuntime(options), metrics, clock), (it) => it.close());
  const machine = await readMachine(dataDirectory);
  const watching = { client, clock, random, logger };
  const view = serviceView(watching);
  const recorder = eventRecorder({ ...watching, component: 'kubelet', host: nodeName });
  const paths = nodePaths(dataDirectory);
  const context: NodeContext = {
    runtime,
    // Ids keep containerd's prefix on a simulated node, too: clients know no other.
    runtimeName: 'containerd',
    api: client,
    clock,
    random,
    logger,
    recorder,
    references: referencedObjects(watching),
    services: view,
    paths,
    cgroups: await openCgroups(flags),
    node: { name: nodeName, ip: nodeIp, allocatable: allocatable(machine) },
    nodeMemoryBytes: machine.memoryBytes,
    clusterDns: { servers: flags.clusterDns, domain: flags.clusterDomain },
    nodeDns: parseResolvConf(await textOf('/etc/resolv.conf')),
    nodeHosts: await textOf('/etc/hosts'),
    probes: probeFactory(runtime, clock, random),
    startSlots: slots(limits.podSyncConcurrency),
    pullSlots: slots(limits.imagePullConcurrency),
    tracer,
    count: nodeMetrics(metrics, nodeName),
  };
  const pods = scope.adopt(new NodePods(context), (it) => it.close());
  measurePods(metrics, () => pods.observed());
  const server = scope.adopt(await startServer(options, context, pods, endpoint.certificateAuthority), (it) =>
    it.close(),
  );
  logger.info({ port: server.port, node: nodeName, runtime: flags.runtime }, 'agent listens');

  let node: Node | undefined;
  const parts = [
    keepNode(
      {
        ...watching,
        runtime,
        machine,
        nodeName,
        nodeIp,
        podCidr: flags.podCidr,
        serverPort: server.port,
        dataDirectory,
      },
      (registered) => (node = registered),
      within,
    ),
    renewNodeLease({ ...watching, nodeName, node: () => node }, within),
    recorder.run(within),
    view.run(within),
    pods.follow(within),
    followFeed(options, client, pods, within),
    rotateLogs({ runtime, paths, pods: () => pods.pods(), clock, logger }, within),
    ...(flags.runtime === 'simulated' ? [] : [proxyServices({ ...watching, ...flags, view }, within)]),
  ];
  try {
    await Promise.all(parts);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    stop.abort(new Error('the agent stops'));
    await Promise.allSettled(parts);
  }
}

function openRuntime({ flags, clock, random, logger }: AgentOptions): Runtime {
  if (flags.runtime === 'containerd') return criRuntime(flags.runtimeEndpoint, clock, logger);
  const delays = { sandboxStartMs: 50, containerStartMs: 30, imagePullMs: 20 };
  return simulatedRuntime({ clock, random, podCidr: flags.podCidr, ...delays });
}

/** Two nodes on one machine have different data directories and so different cgroups. */
async function openCgroups({ runtime, dataDirectory }: AgentFlags): Promise<Cgroups> {
  if (runtime === 'simulated') return noCgroups;
  return linuxCgroups(`/taffrail-${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 8)}`);
}

const allocatable = ({ cpus, memoryBytes, diskBytes }: Machine): Readonly<Record<string, string>> => ({
  cpu: String(cpus),
  memory: String(memoryBytes),
  'ephemeral-storage': String(diskBytes),
});

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

async function startServer(
  { flags, clock, logger }: AgentOptions,
  { runtime, paths }: { readonly runtime: Runtime; readonly paths: NodePaths },
  pods: NodePods,
  clientAuthority: string | undefined,
): ReturnType<typeof startAgentServer> {
  if (clientAuthority === undefined) {
    throw new OperatingError('protocol', `${flags.kubeconfig} names no certificate authority to check clients with`);
  }
  // The cluster's files lie beside the node's directory unless others are named.
  const files = nodePkiFiles(path.dirname(flags.dataDirectory), flags.nodeName);
  return startAgentServer({
    certificate: await needed(flags.tlsCertFile ?? files.servingCertificateFile),
    key: await needed(flags.tlsKeyFile ?? files.servingKeyFile),
    clientAuthority,
    address: flags.nodeIp,
    port: flags.port,
    runtime,
    paths,
    clock,
    logger,
    pods: () => pods.pods(),
    find: (namespace, name) => pods.find(namespace, name),
  });
}

async function needed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code = 'unknown error' } = cause as NodeJS.ErrnoException;
    throw new OperatingError('permission', `cannot read ${file}: ${code}`, { cause });
  }
}

/** Follows this node's pods in the feed. */
async function followFeed(
  { flags, clock, random, logger }: AgentOptions,
  client: ApiClient,
  pods: NodePods,
  signal: AbortSignal,
): Promise<void> {
  const link = await connectNats({ url: flags.natsUrl, name: `agent ${flags.nodeName}`, clock, logger, signal });
  try {
    const follower = openFollower(link, [nodePodsFilter(flags.nodeName)], logger);
    await followNodePods({ client, follower, nodeName: flags.nodeName, clock, random, logger }, pods, signal);
  } finally {
    await link.close();
  }
}
