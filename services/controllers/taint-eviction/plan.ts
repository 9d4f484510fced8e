import { asObject } from '@taffrail/controller/as-object';
import type { Controller } from '@taffrail/controller/controller';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Node, Pod, PodCondition } from '@taffrail/resources/generated/types';
import type { JsonValue } from '@taffrail/resources/json';
import { PODS_OF_NODE, podsOfNode } from '../node-lifecycle/plan.ts';
import { NODES, PODS } from '../resource-names.ts';
import { isFinished } from '../workload/pod.ts';
import { evictionAtMs } from './tolerated.ts';

/** Deletes pods from nodes with a NoExecute taint they do not tolerate, or no longer do. */
export const taintEvictionController: Controller = Object.freeze<Controller>({
  name: 'taint-eviction-controller',
  follows: [
    {
      resource: PODS,
      keys: (object) => [{ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }],
    },
    {
      resource: NODES,
      keys(object, previous, view) {
        const isTainted = [object, previous].some((state) => noExecute(state as unknown as Node).length > 0);
        if (!isTainted) return [];
        return view
          .indexed<Pod>(PODS, PODS_OF_NODE, object.metadata.name ?? '')
          .map((pod) => ({ namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' }));
      },
    },
  ],
  indexes: [podsOfNode],
  plan(view, key, context) {
    const pod = view.get<Pod>(PODS, key.namespace, key.name);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || isFinished(pod)) return [];
    const node = view.get<Node>(NODES, '', pod.spec?.nodeName ?? '');
    const taints = noExecute(node);
    const atMs = evictionAtMs(taints, pod.spec?.tolerations ?? []);
    if (taints.length === 0 || atMs === undefined) return [];
    if (atMs > context.nowMs) return [{ type: 'requeue', afterMs: atMs - context.nowMs }];
    const { namespace = '', name = '', uid = '' } = pod.metadata;
    const message = `Marking for deletion Pod ${namespace}/${name}`;
    return [
      {
        type: 'patch',
        resource: PODS,
        namespace,
        name,
        subresource: 'status',
        patch: { status: { conditions: disrupted(pod, context.nowMs) as unknown as JsonValue } },
      },
      {
        type: 'delete',
        resource: PODS,
        namespace,
        name,
        uid,
        event: { about: asObject(pod), eventType: 'Normal', reason: 'TaintManagerEviction', message },
      },
    ];
  },
});

function noExecute(node: Node | undefined): NonNullable<NonNullable<Node['spec']>['taints']> {
  return (node?.spec?.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}

function disrupted(pod: Pod, nowMs: number): readonly PodCondition[] {
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'DisruptionTarget');
  return [
    ...others,
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: rfc3339Seconds(nowMs),
    },
  ];
}
