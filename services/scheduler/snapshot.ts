import { controllerOf } from '@taffrail/controller/owner';
import { asObject } from '@taffrail/controller/as-object';
import type { Node, Pod } from '@taffrail/resources/generated/types';
import { amountsOf, plus, podRequests, scoredRequests, type Amounts } from './amounts.ts';

/** A host port taken on a node. */
export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

/** A node and what its pods use of it. */
export interface NodeSnapshot {
  readonly node: Node;
  readonly name: string;
  readonly allocatable: Amounts;
  readonly pods: readonly Pod[];
  readonly requested: Amounts;
  /** cpu and memory with defaults for pods that ask for nothing; for scores only. */
  readonly scored: { readonly cpu: number; readonly memory: number };
  readonly hostPorts: readonly HostPort[];
  /** Pods by the uid of their controller. */
  readonly perOwner: ReadonlyMap<string, number>;
}

/** All a decision is made from. */
export interface Snapshot {
  readonly nodes: readonly NodeSnapshot[];
}

/** Sums up a node. `pods` are those bound or about to be bound to it that are not finished. */
export function nodeSnapshot(node: Node, pods: readonly Pod[]): NodeSnapshot {
  const perOwner = new Map<string, number>();
  let requested: Amounts = {};
  let scored = { cpu: 0, memory: 0 };
  for (const pod of pods) {
    requested = plus(requested, podRequests(pod));
    const weight = scoredRequests(pod);
    scored = { cpu: scored.cpu + weight.cpu, memory: scored.memory + weight.memory };
    const owner = ownerOf(pod);
    if (owner !== undefined) perOwner.set(owner, (perOwner.get(owner) ?? 0) + 1);
  }
  return {
    node,
    name: node.metadata.name ?? '',
    allocatable: amountsOf(node.status?.allocatable),
    pods,
    requested,
    scored,
    hostPorts: pods.flatMap(hostPortsOf),
    perOwner,
  };
}

export function ownerOf(pod: Pod): string | undefined {
  return controllerOf(asObject(pod))?.uid;
}

/** Host ports a pod takes, its sidecars' included. */
export function hostPortsOf(pod: Pod): readonly HostPort[] {
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  return [...(pod.spec?.containers ?? []), ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({
        ip: port.hostIP === undefined || port.hostIP === '' ? '0.0.0.0' : port.hostIP,
        protocol: port.protocol ?? 'TCP',
        port: port.hostPort ?? 0,
      })),
  );
}
