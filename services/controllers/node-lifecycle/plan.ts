import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, ViewIndex, View } from '@taffrail/controller/controller';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Node, Pod } from '@taffrail/resources/generated/types';
import type { JsonValue } from '@taffrail/resources/json';
import { LEASES, NODES, PODS } from '../resource-names.ts';
import { isReady } from '../workload/pod.ts';
import { heardUntilMs, NODE_LEASES, readyCondition, unheardConditions } from './health.ts';
import { wantedTaints } from './taints.ts';

/** Index of pods by the node they are bound to. */
export const PODS_OF_NODE = 'node';
export const podsOfNode: ViewIndex = Object.freeze<ViewIndex>({
  resource: PODS,
  name: PODS_OF_NODE,
  values(object) {
    const node = (object as unknown as Pod).spec?.nodeName;
    return node === undefined || node === '' ? [] : [node];
  },
});

/**
 * Watches over nodes: one that stops renewing its lease becomes Unknown; conditions become taints and go with them;
 * pods on a node that is not ready stop counting as ready.
 */
export const nodeLifecycleController: Controller = Object.freeze<Controller>({
  name: 'node-controller',
  follows: [
    {
      resource: NODES,
      keys(object, previous, view) {
        const own = { namespace: '', name: object.metadata.name ?? '' };
        // Whether pods are evicted depends on whether any node is ready: all are looked at when that may have changed.
        const now = readyCondition(object as unknown as Node)?.status;
        const before = previous === undefined ? undefined : readyCondition(previous as unknown as Node)?.status;
        if (now === before && previous !== undefined && view.get(NODES, '', own.name) !== undefined) return [own];
        return view.list(NODES).map((node) => ({ namespace: '', name: node.metadata.name ?? '' }));
      },
    },
    {
      resource: LEASES,
      keys: (object) =>
        object.metadata.namespace === NODE_LEASES ? [{ namespace: '', name: object.metadata.name ?? '' }] : [],
    },
  ],
  indexes: [podsOfNode],
  plan(view, key, context) {
    const node = view.get<Node>(NODES, '', key.name);
    if (node === undefined || node.metadata.deletionTimestamp !== undefined) return [];
    const { nowMs } = context;
    const untilMs = heardUntilMs(view, node);
    if (untilMs <= nowMs) {
      const conditions = unheardConditions(node, nowMs);
      if (conditions !== undefined) return markUnheard(node, conditions);
    }
    return [
      ...taintUpdate(node, wantedTaints(node, someNodeIsReady(view), nowMs)),
      ...(readyCondition(node)?.status === 'True' ? [] : podsNotReady(view, key.name, nowMs)),
      ...(untilMs > nowMs ? [{ type: 'requeue' as const, afterMs: untilMs - nowMs + 1 }] : []),
    ];
  },
});

/** With no node ready at all the fault is likely ours, not theirs: nothing is evicted then. */
function someNodeIsReady(view: View): boolean {
  return view.list<Node>(NODES).some((node) => readyCondition(node)?.status === 'True');
}

function markUnheard(
  node: Node,
  conditions: NonNullable<NonNullable<Node['status']>['conditions']>,
): readonly ControllerCommand[] {
  const name = node.metadata.name ?? '';
  const wasReady = readyCondition(node)?.status === 'True';
  const object = asObject({ ...node, status: { ...node.status, conditions } } as Node);
  return [
    { type: 'update', resource: NODES, object, subresource: 'status' },
    ...(wasReady
      ? [
          {
            type: 'event' as const,
            about: asObject(node),
            eventType: 'Normal' as const,
            reason: 'NodeNotReady',
            message: `Node ${name} status is now: NodeNotReady`,
          },
        ]
      : []),
  ];
}

function taintUpdate(node: Node, taints: ReturnType<typeof wantedTaints>): readonly ControllerCommand[] {
  if (taints === undefined) return [];
  const { name = '', resourceVersion } = node.metadata;
  return [
    {
      type: 'patch',
      resource: NODES,
      namespace: '',
      name,
      patch: { spec: { taints: taints as unknown as JsonValue } },
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  ];
}

/** Pods of a node that is not ready do not serve, whatever their last report said. */
function podsNotReady(view: View, node: string, nowMs: number): readonly ControllerCommand[] {
  return view
    .indexed<Pod>(PODS, PODS_OF_NODE, node)
    .filter((pod) => isReady(pod))
    .flatMap((pod): readonly ControllerCommand[] => {
      const conditions = (pod.status?.conditions ?? []).map((condition) =>
        condition.type === 'Ready'
          ? { ...condition, status: 'False', lastTransitionTime: rfc3339Seconds(nowMs) }
          : condition,
      );
      const object = asObject({ ...pod, status: { ...pod.status, conditions } } as Pod);
      const about = asObject(pod);
      return [
        { type: 'update', resource: PODS, object, subresource: 'status' },
        { type: 'event', about, eventType: 'Warning', reason: 'NodeNotReady', message: 'Node is not ready' },
      ];
    });
}
