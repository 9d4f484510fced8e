import { asObject } from '@taffrail/controller/as-object';
import type { ResourceName } from '@taffrail/controller/api-client';
import { runControllers } from '@taffrail/controller/runtime';
import { memoryApi, type MemoryApi } from '@taffrail/controller/testing/memory-api';
import { virtualClock, type VirtualClock } from '@taffrail/controller/testing/virtual-clock';
import { watchSource } from '@taffrail/controller/watch-source';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { Lease, Pod } from '@taffrail/resources/generated/types';
import { builtInControllers } from '../controllers.ts';
import { PODS } from '../resource-names.ts';
import { node, namespace } from './given.ts';

/** All built-in controllers over an API in memory and a clock moved by hand, with a node that only pretends to run pods. */
export interface RunningCluster extends AsyncDisposable {
  readonly api: MemoryApi;
  readonly clock: VirtualClock;
  /** Images whose pods never become ready. */
  readonly brokenImages: Set<string>;
  /** While false the node renews no lease and moves no pod. */
  nodeUp: boolean;
  /** Lets time pass in seconds; the node works once in each. `each` is called after every one. */
  run(seconds: number, each?: () => void): Promise<void>;
  pods(): readonly Pod[];
}

const NODE = 'n1';

export async function runningCluster(): Promise<RunningCluster> {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const api = memoryApi(clock);
  const random = seededRandom(3);
  const stop = new AbortController();
  const logger = silentLogger;
  api.put(namespace('ns'));
  api.put(node(NODE));
  renew(api, clock);
  const ended = runControllers(
    {
      controllers: builtInControllers({ rootCertificate: 'CA', publishServiceCa: true }),
      client: api,
      clock,
      random,
      logger,
      sources: (resources: readonly ResourceName[]) =>
        resources.map((resource) => watchSource({ client: api, resource, clock, random, logger })),
    },
    stop.signal,
  );
  await clock.advance(10);
  const cluster: RunningCluster = {
    api,
    clock,
    brokenImages: new Set(),
    nodeUp: true,
    pods: () => api.all<Pod>(PODS),
    async run(seconds, each) {
      for (let second = 0; second < seconds; second++) {
        if (cluster.nodeUp) work(api, clock, cluster.brokenImages);
        await clock.advance(1000);
        each?.();
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('test over'));
      await ended;
    },
  };
  return cluster;
}

/** One second of the node: a step further with every pod. */
function work(api: MemoryApi, clock: VirtualClock, brokenImages: ReadonlySet<string>): void {
  renew(api, clock);
  for (const pod of api.all<Pod>(PODS)) {
    const { namespace: podNamespace = '', name = '' } = pod.metadata;
    if (pod.metadata.deletionTimestamp !== undefined) {
      if ((pod.metadata.finalizers ?? []).length === 0) api.remove(PODS, podNamespace, name);
    } else if (pod.spec?.nodeName === undefined) {
      api.put(asObject({ ...pod, spec: { ...pod.spec, nodeName: NODE } } as Pod));
    } else if (pod.status?.phase !== 'Running' && !brokenImages.has(pod.spec.containers[0]?.image ?? '')) {
      const now = rfc3339Seconds(clock.nowMs());
      const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: now }];
      api.put(asObject({ ...pod, status: { phase: 'Running', conditions, podIP: '10.244.0.9' } } as Pod));
    }
  }
}

function renew(api: MemoryApi, clock: VirtualClock): void {
  const metadata = { name: NODE, namespace: 'kube-node-lease' };
  const spec = { holderIdentity: NODE, renewTime: rfc3339Seconds(clock.nowMs()) };
  api.put(asObject({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec } as Lease));
}
