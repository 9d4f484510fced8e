import { rfc3339Seconds } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { NodeCondition, NodeStatus } from '@taffrail/resources/generated/types';
import type { Image, RuntimeCondition, RuntimeVersion } from '../runtime/port.ts';
import { runtimeText, type Machine, type Room } from './machine.ts';

/** The Kubernetes level this agent speaks. */
export const KUBELET_VERSION = 'v1.36.0';

export interface NodeStatusInput {
  readonly machine: Machine;
  readonly room: Room;
  readonly nodeName: string;
  readonly nodeIp: string;
  readonly serverPort: number;
  readonly runtime: RuntimeVersion;
  /** Empty while the runtime does not answer; then `runtimeProblem` says why. */
  readonly runtimeConditions: readonly RuntimeCondition[];
  readonly runtimeProblem: string | undefined;
  readonly images: readonly Image[];
  readonly previous: NodeStatus | undefined;
  readonly nowMs: number;
}

const MEMORY_PRESSURE_BYTES = 100 * 2 ** 20;
const DISK_PRESSURE_FRACTION = 0.1;
const INODE_PRESSURE_FRACTION = 0.05;
const PID_PRESSURE_COUNT = 1000;

/** What the node says of itself. Pure. */
export function nodeStatus(input: NodeStatusInput): NodeStatus {
  const { machine, nodeIp, nodeName, serverPort, runtime } = input;
  const resources = {
    cpu: String(machine.cpus),
    memory: `${Math.floor(machine.memoryBytes / 1024)}Ki`,
    'ephemeral-storage': `${Math.floor(machine.diskBytes / 1024)}Ki`,
    pods: String(limits.podsPerNodeCount),
  };
  return {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: nodeIp },
      { type: 'Hostname', address: nodeName },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: serverPort } },
    nodeInfo: {
      ...machine.systemInfo,
      containerRuntimeVersion: runtimeText(runtime),
      kubeletVersion: KUBELET_VERSION,
      kubeProxyVersion: KUBELET_VERSION,
    },
    images: input.images
      .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
      .slice(0, limits.nodeImagesCount)
      .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags], sizeBytes })),
    conditions: nodeConditions(input),
  };
}

interface Verdict {
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
}

function nodeConditions(input: NodeStatusInput): readonly NodeCondition[] {
  const { room, previous, nowMs } = input;
  const pressure = (
    holds: boolean,
    reasons: readonly [string, string],
    messages: readonly [string, string],
  ): Verdict => ({
    status: holds ? 'True' : 'False',
    reason: reasons[holds ? 0 : 1],
    message: `kubelet has ${messages[holds ? 0 : 1]}`,
  });
  const verdicts: readonly (readonly [string, Verdict])[] = [
    [
      'MemoryPressure',
      pressure(
        room.memoryBytes < MEMORY_PRESSURE_BYTES,
        ['KubeletHasInsufficientMemory', 'KubeletHasSufficientMemory'],
        ['insufficient memory available', 'sufficient memory available'],
      ),
    ],
    [
      'DiskPressure',
      pressure(
        room.diskFraction < DISK_PRESSURE_FRACTION || room.inodeFraction < INODE_PRESSURE_FRACTION,
        ['KubeletHasDiskPressure', 'KubeletHasNoDiskPressure'],
        ['disk pressure', 'no disk pressure'],
      ),
    ],
    [
      'PIDPressure',
      pressure(
        room.pids < PID_PRESSURE_COUNT,
        ['KubeletHasInsufficientPID', 'KubeletHasSufficientPID'],
        ['insufficient PID available', 'sufficient PID available'],
      ),
    ],
    ['Ready', readyVerdict(input)],
  ];
  const before = new Map((previous?.conditions ?? []).map((condition) => [condition.type, condition]));
  return verdicts.map(([type, verdict]) => {
    const had = before.get(type);
    const since = had?.status === verdict.status ? had.lastTransitionTime : undefined;
    return {
      type,
      ...verdict,
      lastHeartbeatTime: rfc3339Seconds(nowMs),
      lastTransitionTime: since ?? rfc3339Seconds(nowMs),
    };
  });
}

function readyVerdict({ runtimeConditions, runtimeProblem }: NodeStatusInput): Verdict {
  const problems = runtimeConditions
    .filter(({ ok }) => !ok)
    .map(({ type, reason, message }) => {
      const what = type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
      return `${what}: ${type}=false reason:${reason} message:${message}`;
    });
  if (runtimeProblem !== undefined) problems.unshift(`container runtime is down: ${runtimeProblem}`);
  return problems.length === 0
    ? { status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { status: 'False', reason: 'KubeletNotReady', message: problems.join('; ') };
}
