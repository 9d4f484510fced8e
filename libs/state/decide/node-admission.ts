import { isJsonObject, type JsonObject, type MutableJsonObject } from '@taffrail/resources/json';
import type { WorkingObject } from './metadata.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until it has reported that it is ready; the node controller takes the taint away. In place. */
export function admitNode(node: WorkingObject): void {
  const spec: MutableJsonObject = isJsonObject(node['spec']) ? node['spec'] : {};
  const taints = Array.isArray(spec['taints']) ? spec['taints'] : [];
  const isThere = taints.some(
    (taint) => isJsonObject(taint) && (taint as JsonObject)['key'] === NOT_READY && taint['effect'] === 'NoSchedule',
  );
  if (!isThere) spec['taints'] = [...taints, { key: NOT_READY, effect: 'NoSchedule' }];
  node['spec'] = spec;
}
