import type { View } from '@taffrail/controller/controller';
import { asObject } from '@taffrail/controller/as-object';
import { controllerOf } from '@taffrail/controller/owner';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { OwnerReference, Pod, PodDisruptionBudget } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { DEPLOYMENTS, REPLICA_SETS, REPLICATION_CONTROLLERS, STATEFUL_SETS } from '../resource-names.ts';
import { resolveCount } from '../workload/int-or-percent.ts';

/** How many pods there should be, and how many of them healthy; or why that is not known. */
export interface Expectation {
  readonly expected: number;
  readonly desired: number;
  readonly failure?: string;
}

/** Workloads whose `spec.replicas` says how many pods there should be, by kind. */
const SCALED: Readonly<Record<string, ResourceName>> = {
  ReplicaSet: REPLICA_SETS,
  Deployment: DEPLOYMENTS,
  StatefulSet: STATEFUL_SETS,
  ReplicationController: REPLICATION_CONTROLLERS,
};

/** What a budget asks for: a number of pods by itself, a part of them by what their workloads want. */
export function expectationOf(view: View, budget: PodDisruptionBudget, pods: readonly Pod[]): Expectation {
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  if (maxUnavailable !== undefined) {
    const expected = expectedScale(view, pods);
    if (typeof expected === 'string') return { expected: 0, desired: 0, failure: expected };
    const desired = Math.max(0, expected - resolveCount(maxUnavailable, expected, 'up'));
    return { expected, desired };
  }
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable };
  if (minAvailable === undefined) return { expected: 0, desired: 0 };
  const expected = expectedScale(view, pods);
  if (typeof expected === 'string') return { expected: 0, desired: 0, failure: expected };
  return { expected, desired: resolveCount(minAvailable, expected, 'up') };
}

/** The replicas of every workload that controls one of the pods. Pods of nobody count for nothing. */
function expectedScale(view: View, pods: readonly Pod[]): number | string {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const controller = controllerOf(asObject(pod));
    if (controller === undefined || scales.has(controller.uid)) continue;
    const workload = workloadOf(view, pod.metadata.namespace ?? '', controller);
    if (workload === undefined) return `found no controllers for pod "${pod.metadata.name ?? ''}"`;
    const { replicas } = (workload['spec'] ?? {}) as { readonly replicas?: number };
    // A set of a Deployment counts as the Deployment, so that a rollout does not count twice.
    scales.set(controller.uid, 0);
    scales.set(workload.metadata.uid ?? '', replicas ?? 1);
  }
  return [...scales.values()].reduce((sum, replicas) => sum + replicas, 0);
}

/** The workload a reference leads to, up to the Deployment of a set. */
function workloadOf(view: View, namespace: string, reference: OwnerReference): KubeObject | undefined {
  const resource = Object.hasOwn(SCALED, reference.kind) ? SCALED[reference.kind] : undefined;
  const found = resource === undefined ? undefined : view.get(resource, namespace, reference.name);
  if (found?.metadata.uid !== reference.uid) return undefined;
  const above = controllerOf(found);
  return above?.kind === 'Deployment' ? workloadOf(view, namespace, above) : found;
}
