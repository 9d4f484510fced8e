import { isDeepStrictEqual } from 'node:util';
import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import { ApiFailure, type ApiClient, type ResourceName } from '@taffrail/controller/api-client';
import type { Node, NodeStatus } from '@taffrail/resources/generated/types';
import type { Image, Runtime, RuntimeCondition, RuntimeVersion } from '../runtime/port.ts';
import { readRoom, type Machine } from './machine.ts';
import { nodeStatus } from './node-status.ts';

const NODES: ResourceName = { group: '', version: 'v1', resource: 'nodes' };

export interface NodeRegistrationOptions {
  readonly client: Pick<ApiClient, 'get' | 'create' | 'patch'>;
  readonly runtime: Runtime;
  readonly machine: Machine;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly podCidr: string;
  readonly serverPort: number;
  readonly dataDirectory: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Labels a node brings itself. */
export function nodeLabels(nodeName: string, machine: Machine): Readonly<Record<string, string>> {
  const { architecture: arch, operatingSystem: os } = machine.systemInfo;
  return {
    'kubernetes.io/hostname': nodeName,
    'kubernetes.io/os': os,
    'kubernetes.io/arch': arch,
    'beta.kubernetes.io/os': os,
    'beta.kubernetes.io/arch': arch,
  };
}

/**
 * Registers the Node and keeps its status true until the signal is aborted: looked at every few seconds, written when
 * something has changed, and now and then though nothing has. `onNode` hears of the Node as the API has it.
 */
export async function keepNode(
  options: NodeRegistrationOptions,
  onNode: (node: Node) => void,
  signal: AbortSignal,
): Promise<void> {
  const { clock, logger, random } = options;
  const retry = backoff(random, limits.retryMinimumMs, limits.retryMaximumMs);
  let node: Node | undefined;
  let writtenMs = 0;
  let runtime: RuntimeVersion = { name: 'unknown', version: '' };
  while (!signal.aborted) {
    let pauseMs: number = limits.nodeCheckMs;
    try {
      const seen = await lookAtRuntime(options.runtime, runtime, signal);
      runtime = seen.version;
      const nowMs = clock.nowMs();
      const status = nodeStatus({
        ...options,
        room: await readRoom(options.dataDirectory),
        runtime: seen.version,
        runtimeConditions: seen.conditions,
        runtimeProblem: seen.problem,
        images: seen.images,
        previous: node?.status,
        nowMs,
      });
      const wasReady = isReady(node?.status);
      if (node === undefined) {
        node = await register(options, status);
        writtenMs = nowMs;
      } else if (nowMs - writtenMs >= limits.nodeStatusMs || hasChanged(node.status, status)) {
        node = await options.client.patch<Node>(
          NODES,
          '',
          options.nodeName,
          { status },
          { type: 'strategic', subresource: 'status' },
        );
        writtenMs = nowMs;
      }
      if (isReady(status) !== wasReady) logger.info({ ready: isReady(status) }, 'node status written');
      onNode(node);
      // A node that is not ready yet is watched closely: whoever waits for it waits no longer than needed.
      if (!isReady(status)) pauseMs = limits.nodeNotReadyCheckMs;
      retry.reset();
    } catch (error) {
      if (signal.aborted) return;
      // Deleted behind our back: it is registered anew.
      if (error instanceof ApiFailure && error.code === 404) node = undefined;
      logger.warn({ error: messageOf(error) }, 'the Node could not be written');
      pauseMs = Math.min(retry.nextMs(), limits.nodeCheckMs);
    }
    await clock.sleep(pauseMs, signal).catch(() => undefined);
  }
}

interface RuntimeSight {
  readonly version: RuntimeVersion;
  readonly conditions: readonly RuntimeCondition[];
  readonly images: readonly Image[];
  readonly problem: string | undefined;
}

async function lookAtRuntime(runtime: Runtime, last: RuntimeVersion, signal: AbortSignal): Promise<RuntimeSight> {
  try {
    const [version, conditions, images] = await Promise.all([
      runtime.version(signal),
      runtime.conditions(signal),
      runtime.listImages(signal),
    ]);
    return { version, conditions, images, problem: undefined };
  } catch (error) {
    signal.throwIfAborted();
    return { version: last, conditions: [], images: [], problem: messageOf(error) };
  }
}

/** Creates the Node, or takes over the one there is with our labels and status. */
async function register(options: NodeRegistrationOptions, status: NodeStatus): Promise<Node> {
  const { client, nodeName, podCidr, machine } = options;
  const labels = nodeLabels(nodeName, machine);
  const node = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: nodeName,
      labels,
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    status,
  };
  try {
    await client.create<Node>(NODES, '', node);
  } catch (error) {
    if (!(error instanceof ApiFailure) || error.code !== 409) throw error;
    await client.patch(NODES, '', nodeName, { metadata: { labels } }, { type: 'merge' });
  }
  return client.patch<Node>(NODES, '', nodeName, { status }, { type: 'strategic', subresource: 'status' });
}

const isReady = (status: NodeStatus | undefined): boolean =>
  status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') === true;

/** Heartbeats alone are no change. */
function hasChanged(before: NodeStatus | undefined, after: NodeStatus): boolean {
  const relevant = (status: NodeStatus | undefined): unknown => ({
    ...status,
    conditions: (status?.conditions ?? [])
      .map(({ type, status: value, reason, message }) => [type, value, reason, message])
      .sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    // What others keep in the status is theirs.
    volumesAttached: undefined,
    volumesInUse: undefined,
    features: undefined,
    runtimeHandlers: undefined,
    config: undefined,
    phase: undefined,
    declaredFeatures: undefined,
  });
  return !isDeepStrictEqual(relevant(before), relevant(after));
}
