import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, Follow, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import { selectorMatches } from '@taffrail/controller/label-selector';
import type { Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import {
  DEPLOYMENTS,
  POD_DISRUPTION_BUDGETS,
  PODS,
  REPLICA_SETS,
  REPLICATION_CONTROLLERS,
  STATEFUL_SETS,
} from '../resource-names.ts';
import { isReady } from '../workload/pod.ts';
import { sameJson } from '../workload/same-json.ts';
import { outstanding } from './disrupted-pods.ts';
import { type Expectation, expectationOf } from './expected-pods.ts';
import { budgetStatus } from './status.ts';

/** Says for each disruption budget how many of its pods may be evicted now. */
export const disruptionController: Controller = Object.freeze<Controller>({
  name: 'disruption-controller',
  follows: [
    { resource: POD_DISRUPTION_BUDGETS, keys: (object) => [keyOf(object)] },
    { resource: PODS, keys: keysOfPod },
    ...[REPLICA_SETS, DEPLOYMENTS, STATEFUL_SETS, REPLICATION_CONTROLLERS].map((resource): Follow => ({
      resource,
      keys: keysOfScale,
    })),
  ],
  plan,
});

function keyOf(object: KubeObject): WorkKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}

function keysOfPod(pod: KubeObject, previous: KubeObject | undefined, view: View): readonly WorkKey[] {
  return view
    .list<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS, pod.metadata.namespace ?? '')
    .filter(({ spec }) => [pod, previous].some((state) => selectorMatches(spec?.selector, state?.metadata.labels)))
    .map((budget) => keyOf(asObject(budget)));
}

/** How many pods a workload wants counts; how many it has, its pods say. */
function keysOfScale(object: KubeObject, previous: KubeObject | undefined, view: View): readonly WorkKey[] {
  const replicasOf = (state: KubeObject | undefined): unknown =>
    (state?.['spec'] as { replicas?: number } | undefined)?.replicas;
  if (previous !== undefined && replicasOf(object) === replicasOf(previous)) return [];
  return view.list<KubeObject>(POD_DISRUPTION_BUDGETS, object.metadata.namespace ?? '').map(keyOf);
}

function plan(view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[] {
  const budget = view.get<PodDisruptionBudget>(POD_DISRUPTION_BUDGETS, key.namespace, key.name);
  if (budget === undefined || budget.metadata.deletionTimestamp !== undefined) return [];
  const pods = view
    .list<Pod>(PODS, key.namespace)
    .filter((pod) => selectorMatches(budget.spec?.selector, pod.metadata.labels));
  const expectation = expectationOf(view, budget, pods);
  const { disruptedPods, nextMs } = outstanding(budget, pods, context.nowMs);
  const healthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined && !((pod.metadata.name ?? '') in disruptedPods) && isReady(pod),
  ).length;
  const status = budgetStatus(budget, { expectation, healthy, disruptedPods }, context.nowMs);
  return [
    ...events(budget, expectation, pods.length),
    ...(sameJson(status, budget.status)
      ? []
      : [
          {
            type: 'update' as const,
            resource: POD_DISRUPTION_BUDGETS,
            object: asObject({ ...budget, status } as PodDisruptionBudget),
            subresource: 'status',
          },
        ]),
    ...(nextMs === undefined ? [] : [{ type: 'requeue' as const, afterMs: Math.max(0, nextMs - context.nowMs) }]),
  ];
}

/** What the owner of the budget should know, told when the status changes. */
function events(
  budget: PodDisruptionBudget,
  expectation: Expectation,
  podsCount: number,
): readonly ControllerCommand[] {
  const about = asObject(budget);
  const isNew = budget.status?.observedGeneration !== budget.metadata.generation;
  if (expectation.failure !== undefined) {
    const known = budget.status?.conditions?.some(({ message }) => message === expectation.failure) === true;
    if (known) return [];
    return [
      {
        type: 'event',
        about,
        eventType: 'Warning',
        reason: 'CalculateExpectedPodCountFailed',
        message: `Failed to calculate the number of expected pods: ${expectation.failure}`,
      },
    ];
  }
  if (podsCount > 0 || !isNew) return [];
  return [{ type: 'event', about, eventType: 'Normal', reason: 'NoPods', message: 'No matching pods found' }];
}
