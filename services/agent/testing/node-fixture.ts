import type { MemoryApi } from '@taffrail/controller/testing/memory-api';
import type { PlannedEvent } from '@taffrail/controller/command';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { seededRandom } from '@taffrail/platform/random';
import { noTracer } from '@taffrail/platform/tracer';
import type { Pod, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { parseResolvConf } from '../containers/dns.ts';
import type { Cgroups } from '../node/cgroups.ts';
import { nodePaths } from '../node/node-paths.ts';
import type { NodeContext } from '../pod-sync/node-context.ts';
import { nodeMetrics } from '../pod-sync/node-metrics.ts';
import { NodePods } from '../pod-sync/node-pods.ts';
import { slots } from '../pod-sync/slots.ts';
import { PODS } from '../pod-sync/status-writer.ts';
import { probeFactory } from '../probes/probe-set.ts';
import type { Runtime } from '../runtime/port.ts';
import { referencedObjects } from '../source/referenced-objects.ts';

export interface NodeFixture {
  readonly context: NodeContext;
  readonly pods: NodePods;
  readonly events: readonly PlannedEvent[];
  /** Creates a pod bound to this node. */
  create(pod: Partial<Pod['metadata']>, spec: NonNullable<Pod['spec']>): Pod;
  find(name: string): Pod | undefined;
  /** Waits until `holds` is true of the pod (undefined once it is deleted). */
  until(name: string, holds: (pod: Pod | undefined) => boolean, withinMs?: number): Promise<Pod | undefined>;
  reasons(name: string): readonly string[];
  close(): Promise<void>;
}

export interface NodeFixtureOptions {
  readonly runtime: Runtime;
  readonly api: MemoryApi;
  readonly cgroups: Cgroups;
  readonly directory: string;
  readonly services?: readonly Service[];
}

/** A node's pods over a runtime and the memory API, without HTTP in between. */
export async function nodeFixture(options: NodeFixtureOptions): Promise<NodeFixture> {
  const { runtime, api, cgroups, directory } = options;
  const random = seededRandom(3);
  const events: PlannedEvent[] = [];
  const watching = { client: api, clock: systemClock, random, logger: silentLogger };
  const context: NodeContext = {
    runtime,
    runtimeName: 'containerd',
    api,
    clock: systemClock,
    random,
    logger: silentLogger,
    recorder: { record: (event) => void events.push(event) },
    references: referencedObjects(watching),
    services: { forEnvironment: () => Promise.resolve(options.services ?? []) },
    paths: nodePaths(directory),
    cgroups,
    node: { name: 'n1', ip: '192.0.2.9', allocatable: { cpu: '2', memory: '4Gi' } },
    nodeMemoryBytes: 4 * 2 ** 30,
    clusterDns: { servers: [], domain: 'cluster.local' },
    nodeDns: parseResolvConf('nameserver 192.0.2.53\n'),
    nodeHosts: '127.0.0.1 localhost\n',
    probes: probeFactory(runtime, systemClock, random),
    startSlots: slots(8),
    pullSlots: slots(2),
    tracer: noTracer,
    count: nodeMetrics(new Metrics(), 'n1'),
  };
  const pods = new NodePods(context);
  const stop = new AbortController();
  const { items, revision } = await api.list<Pod>(PODS, '');
  pods.replaceAll(items);
  const following = Promise.all([
    pods.follow(stop.signal),
    (async () => {
      const query = { resourceVersion: String(revision) };
      for await (const event of api.watch<Pod>(PODS, '', query, stop.signal)) {
        if (event.type === 'DELETED') pods.remove(event.object);
        else if (event.type !== 'BOOKMARK') pods.upsert(event.object);
      }
    })(),
  ]);
  const find = (name: string): Pod | undefined => api.find<Pod>(PODS, 'default', name);
  return {
    context,
    pods,
    events,
    find,
    create(metadata, spec) {
      const object = { apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'default', ...metadata } };
      const bound = { ...object, spec: { nodeName: 'n1', ...spec }, status: { phase: 'Pending' } };
      return api.put(bound as unknown as KubeObject) as unknown as Pod;
    },
    async until(name, holds, withinMs = 10_000) {
      const startMs = systemClock.monotonicMs();
      while (systemClock.monotonicMs() - startMs < withinMs) {
        const pod = find(name);
        if (holds(pod)) return pod;
        await systemClock.sleep(5);
      }
      const reasons = events.map(({ reason, message }) => `${reason}: ${message}`).join('\n');
      throw new Error(`pod ${name} did not get there: ${JSON.stringify(find(name)?.status, null, 1)}\n${reasons}`);
    },
    reasons: (name) => events.filter(({ about }) => about.metadata.name === name).map(({ reason }) => reason),
    async close() {
      stop.abort();
      pods.close();
      await following;
    },
  };
}
