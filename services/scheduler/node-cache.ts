import type { View, ViewIndex } from '@taffrail/controller/controller';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { Node, Pod } from '@taffrail/resources/generated/types';
import { PODS } from './bind.ts';
import { isFinished } from './pending.ts';
import { priorityOf } from './preempt.ts';
import { nodeSnapshot, type NodeSnapshot, type Snapshot } from './snapshot.ts';

export const NODES: ResourceName = Object.freeze({ group: '', version: 'v1', resource: 'nodes' });

const OF_NODE = 'node';
/** Pods that hold resources, by node. */
export const podsOfNode: ViewIndex = Object.freeze<ViewIndex>({
  resource: PODS,
  name: OF_NODE,
  values(object) {
    const pod = object as unknown as Pod;
    const node = pod.spec?.nodeName ?? '';
    return node === '' || isFinished(pod) ? [] : [node];
  },
});

/** Snapshots of the view's nodes with assumed pods on top. Only nodes that changed are summed up again. */
export interface NodeCache {
  /** As a pod sees it that is to be placed: room that others no less important were promised is taken. */
  snapshot(pod: Pod): Snapshot;
  /** Counts a pod on a node although the view does not show it there yet. */
  assume(pod: Pod, node: string): void;
  /** The view shows the pod where it is, or it is not going there after all. Answers whether it was assumed. */
  unassume(uid: string): boolean;
  isAssumed(uid: string): boolean;
  /** Promises a pod the room that others make for it on a node. */
  promise(pod: Pod, node: string): void;
  /** The promise is kept, or void. */
  unpromise(uid: string): void;
  promised(uid: string): string | undefined;
  /** Something on a node, or the node itself, changed. */
  changed(node: string): void;
}

export function nodeCache(view: View): NodeCache {
  const nodes = new Map<string, NodeSnapshot>();
  const assumed = new Map<string, { readonly pod: Pod; readonly node: string }>();
  const promises = new Map<string, { readonly pod: Pod; readonly node: string }>();

  const sumUp = (node: Node): NodeSnapshot => {
    const name = node.metadata.name ?? '';
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const shown = view.indexed<Pod>(PODS, OF_NODE, name);
    const onWay = [...assumed.values()].filter((entry) => entry.node === name).map((entry) => entry.pod);
    const snapshot = nodeSnapshot(node, [...shown, ...onWay]);
    nodes.set(name, snapshot);
    return snapshot;
  };

  const withPromises = (snapshot: NodeSnapshot, pod: Pod): NodeSnapshot => {
    const before = [...promises.values()]
      .filter((entry) => entry.node === snapshot.name && entry.pod.metadata.uid !== pod.metadata.uid)
      .filter((entry) => priorityOf(entry.pod) >= priorityOf(pod))
      .map((entry) => entry.pod);
    return before.length === 0 ? snapshot : nodeSnapshot(snapshot.node, [...snapshot.pods, ...before]);
  };
  const placed = (pod: Pod, node: string): { readonly pod: Pod; readonly node: string } => ({
    pod: { ...pod, spec: { containers: [], ...pod.spec, nodeName: node } },
    node,
  });

  return {
    snapshot: (pod) => ({
      nodes: view
        .list<Node>(NODES)
        .filter((node) => node.metadata.deletionTimestamp === undefined)
        .map(sumUp)
        .map((snapshot) => (promises.size === 0 ? snapshot : withPromises(snapshot, pod))),
    }),
    assume(pod, node) {
      assumed.set(pod.metadata.uid ?? '', placed(pod, node));
      nodes.delete(node);
    },
    unassume(uid) {
      const entry = assumed.get(uid);
      if (entry === undefined) return false;
      assumed.delete(uid);
      nodes.delete(entry.node);
      return true;
    },
    isAssumed: (uid) => assumed.has(uid),
    promise: (pod, node) => void promises.set(pod.metadata.uid ?? '', placed(pod, node)),
    unpromise: (uid) => void promises.delete(uid),
    promised: (uid) => promises.get(uid)?.node,
    changed: (node) => void nodes.delete(node),
  };
}
