import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, View, ViewIndex } from '@taffrail/controller/controller';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import { limits } from '@taffrail/platform/limits';
import type { Pod } from '@taffrail/resources/generated/types';
import { PODS_OF_NODE, podsOfNode } from '../node-lifecycle/plan.ts';
import { NODES, PODS } from '../resource-names.ts';
import { createdMs, isFinished } from '../workload/pod.ts';

const FINISHED = 'finished';
const finishedPods: ViewIndex = Object.freeze<ViewIndex>({
  resource: PODS,
  name: FINISHED,
  values: (object) => (isFinished(object as unknown as Pod) ? [FINISHED] : []),
});

/** Removes pods nobody else will: on nodes that are gone, ending without ever having been bound, finished beyond a number. */
export const podGarbageController: Controller = Object.freeze<Controller>({
  name: 'pod-garbage-collector',
  follows: [
    {
      resource: PODS,
      keys: (object) => [{ namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' }],
    },
    {
      resource: NODES,
      keys(object, _previous, view) {
        const node = object.metadata.name ?? '';
        if (view.get(NODES, '', node) !== undefined) return [];
        return view
          .indexed<Pod>(PODS, PODS_OF_NODE, node)
          .map((pod) => ({ namespace: pod.metadata.namespace ?? '', name: pod.metadata.name ?? '' }));
      },
    },
  ],
  indexes: [podsOfNode, finishedPods],
  plan(view, key, context) {
    const pod = view.get<Pod>(PODS, key.namespace, key.name);
    if (pod === undefined) return [];
    const node = pod.spec?.nodeName ?? '';
    if (node === '') return pod.metadata.deletionTimestamp === undefined ? excess(view, pod) : [removal(pod)];
    if (view.get(NODES, '', node) !== undefined) return excess(view, pod);
    // The node may only have been deleted by mistake and come back, or be about to register for the first time.
    const sinceMs = Math.max(view.sinceMs(NODES, '', node), view.sinceMs(PODS, key.namespace, key.name));
    const waitMs = sinceMs + limits.nodeGoneMs - context.nowMs;
    if (waitMs > 0) return [{ type: 'requeue', afterMs: waitMs }];
    return isFinished(pod) ? [removal(pod)] : [failed(pod, context.nowMs), removal(pod)];
  },
});

/** The oldest finished pods beyond the bound; only a finished pod asks, so that each is decided once. */
function excess(view: View, pod: Pod): readonly ControllerCommand[] {
  if (!isFinished(pod)) return [];
  const finished = view.indexed<Pod>(PODS, FINISHED, FINISHED);
  const surplus = finished.length - limits.finishedPodsCount;
  if (surplus <= 0) return [];
  return [...finished]
    .sort((a, b) => createdMs(a) - createdMs(b))
    .slice(0, surplus)
    .map(removal);
}

function removal(pod: Pod): ControllerCommand {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  return { type: 'delete', resource: PODS, namespace, name, uid, options: { gracePeriodSeconds: 0 } };
}

/** Says why the pod ends, for whoever counts its failures. */
function failed(pod: Pod, nowMs: number): ControllerCommand {
  const others = (pod.status?.conditions ?? []).filter((condition) => condition.type !== 'DisruptionTarget');
  const conditions = [
    ...others,
    {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByPodGC',
      message: 'PodGC: node no longer exists',
      lastTransitionTime: rfc3339Seconds(nowMs),
    },
  ];
  const object = asObject({ ...pod, status: { ...pod.status, phase: 'Failed', conditions } } as Pod);
  return { type: 'update', resource: PODS, object, subresource: 'status' };
}
