import { asObject } from '@taffrail/controller/as-object';
import type { Node, Pod, Taint } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { nodeSnapshot, type Snapshot } from './snapshot.ts';

export interface GivenNode {
  readonly name: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly pods?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
  readonly unschedulable?: boolean;
}

export function node(given: GivenNode): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: given.name, labels: { 'kubernetes.io/hostname': given.name, ...given.labels } },
    spec: {
      ...(given.taints === undefined ? {} : { taints: given.taints }),
      ...(given.unschedulable === undefined ? {} : { unschedulable: given.unschedulable }),
    },
    status: {
      allocatable: { cpu: given.cpu ?? '4', memory: given.memory ?? '8Gi', pods: given.pods ?? '110' },
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

export interface GivenPod {
  readonly name: string;
  readonly cpu?: string;
  readonly memory?: string;
  readonly node?: string;
  readonly owner?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
}

export function pod(given: GivenPod): Pod {
  const requests = {
    ...(given.cpu === undefined ? {} : { cpu: given.cpu }),
    ...(given.memory === undefined ? {} : { memory: given.memory }),
  };
  const owner = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: given.owner ?? '',
    uid: given.owner ?? '',
    controller: true,
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: given.name,
      namespace: 'ns',
      uid: `uid-${given.name}`,
      ...(given.labels === undefined ? {} : { labels: given.labels }),
      ...(given.owner === undefined ? {} : { ownerReferences: [owner] }),
    },
    spec: {
      containers: [{ name: 'main', image: 'v1', resources: { requests } }],
      schedulerName: 'default-scheduler',
      ...(given.node === undefined ? {} : { nodeName: given.node }),
      ...given.spec,
    },
    status: { phase: 'Pending' },
  };
}

export function snapshot(nodes: readonly GivenNode[], placed: readonly GivenPod[] = []): Snapshot {
  return {
    nodes: nodes.map((given) => nodeSnapshot(node(given), placed.filter((one) => one.node === given.name).map(pod))),
  };
}

export function object(value: Node | Pod): KubeObject {
  return asObject(value);
}
