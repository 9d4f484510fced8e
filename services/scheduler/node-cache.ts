import type { View, ViewIndex } from '@taffrail/controller/controller';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { Node, Pod } from '@taffrail/resources/generated/types';
import { PODS } from './bind.ts';
import { isFinished } from './pending.ts';
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
  snapshot(): Snapshot;
  /** Counts a pod on a node although the view does not show it there yet. */
  assume(pod: Pod, node: string): void;
  /** The view shows the pod where it is, or it is not going there after all. Answers whether it was assumed. */
  unassume(uid: string): boolean;
  isAssumed(uid: string): boolean;
  /** Something on a node, or the node itself, changed. */
  changed(node: string): void;
}

export function nodeCache(view: View): NodeCache {
  const nodes = new Map<string, NodeSnapshot>();
  const assumed = new Map<string, { readonly pod: Pod; readonly node: string }>();

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

  return {
    snapshot: () => ({
      nodes: view
        .list<Node>(NODES)
        .filter((node) => node.metadata.deletionTimestamp === undefined)
        .map(sumUp),
    }),
    assume(pod, node) {
      assumed.set(pod.metadata.uid ?? '', {
        pod: { ...pod, spec: { containers: [], ...pod.spec, nodeName: node } },
        node,
      });
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
    changed: (node) => void nodes.delete(node),
  };
}
