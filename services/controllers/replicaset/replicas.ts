import { asObject } from '@taffrail/controller/as-object';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, PlanContext, PlanFailure, View, WorkKey } from '@taffrail/controller/controller';
import { selectorMatches } from '@taffrail/controller/label-selector';
import { controllerOf, controllerReference } from '@taffrail/controller/owner';
import { limits } from '@taffrail/platform/limits';
import { generatedName, seededRandom } from '@taffrail/platform/random';
import type { Pod, ReplicaSet, ReplicaSetStatus } from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { PODS } from '../resource-names.ts';
import { claim } from '../workload/claim.ts';
import { CONTROLLERLESS, controllerlessPods } from '../workload/controllerless.ts';
import { availableAtMs, isActive } from '../workload/pod.ts';
import { sameJson } from '../workload/same-json.ts';
import { podsToDelete } from './ranking.ts';
import { replicaSetStatus } from './status.ts';

/** A kind whose objects keep as many pods of a template running as they ask for. */
export interface ReplicasKind {
  /** The controller's name, as it stands in events and causes. */
  readonly name: string;
  readonly resource: ResourceName;
  readonly kind: string;
  /** The object as a replica set says it. */
  readonly read: (object: KubeObject) => ReplicaSet;
}

/** Replica sets and the older replication controllers differ in how they select pods and in nothing else. */
export function replicasController(kind: ReplicasKind): Controller {
  return Object.freeze<Controller>({
    name: kind.name,
    follows: [
      { resource: kind.resource, keys: (object) => [keyOf(object)] },
      { resource: PODS, keys: (pod, previous, view) => keysOfPod(kind, pod, previous, view) },
    ],
    indexes: [controllerlessPods],
    plan: (view, key, context) => plan(kind, view, key, context),
  });
}

function keyOf(object: KubeObject): WorkKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}

/** The set that controls the pod, now and before; for one that nobody controls, whoever might adopt it. */
function keysOfPod(
  kind: ReplicasKind,
  pod: KubeObject,
  previous: KubeObject | undefined,
  view: View,
): readonly WorkKey[] {
  const namespace = pod.metadata.namespace ?? '';
  const owners = new Set<string>();
  for (const state of [pod, previous]) {
    const owner = state === undefined ? undefined : controllerOf(state);
    if (owner?.kind === kind.kind) owners.add(owner.name);
  }
  if (controllerOf(pod) === undefined) {
    for (const set of view.list(kind.resource, namespace).map(kind.read)) {
      if (selectorMatches(set.spec?.selector, pod.metadata.labels)) owners.add(set.metadata.name ?? '');
    }
  }
  return [...owners].map((name) => ({ namespace, name }));
}

function plan(kind: ReplicasKind, view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[] {
  const object = view.get(kind.resource, key.namespace, key.name);
  if (object === undefined) return [];
  const set = kind.read(object);
  const report = (failed: PlanFailure | undefined): readonly ControllerCommand[] =>
    statusUpdate(kind, object, replicaSetStatus(set, pods, failed, context.nowMs));
  const candidates = [
    ...view.ownedBy<Pod>(PODS, set.metadata.uid ?? ''),
    ...view.indexed<Pod>(PODS, CONTROLLERLESS, key.namespace),
  ].filter(isActive);
  const { owned: pods, commands: claims } = claim(set, PODS, candidates, (pod) =>
    selectorMatches(set.spec?.selector, pod.metadata.labels),
  );
  const ending = set.metadata.deletionTimestamp !== undefined;
  const failure = podFailure(context.lastFailure);
  return [
    ...claims,
    ...(failure === undefined ? [] : [failureEvent(set, failure), ...report(failure)]),
    ...(ending ? [] : replicaCommands(kind, view, set, pods, context)),
    ...(failure === undefined ? report(undefined) : []),
    ...availabilityWait(set, pods, context.nowMs),
  ];
}

/** Creates what is missing or deletes what is too much, up to a burst. */
function replicaCommands(
  kind: ReplicasKind,
  view: View,
  set: ReplicaSet,
  pods: readonly Pod[],
  context: PlanContext,
): readonly ControllerCommand[] {
  const wanted = set.spec?.replicas ?? 1;
  const missing = Math.min(wanted - pods.length, limits.replicaBurstCount);
  if (missing > 0) {
    return newNames(view, set, missing, context.seed).map((name) => creation(set, name));
  }
  const surplus = Math.min(pods.length - wanted, limits.replicaBurstCount);
  if (surplus <= 0) return [];
  return podsToDelete(pods, siblingPods(kind, view, set), surplus, context.nowMs).map((pod) => deletion(set, pod));
}

/** Names as generateName makes them. What part of an earlier try brought about is passed over. */
function newNames(view: View, set: ReplicaSet, count: number, seed: number): readonly string[] {
  const random = seededRandom(seed);
  const names = new Set<string>();
  while (names.size < count) {
    const name = generatedName(`${set.metadata.name ?? ''}-`, random);
    if (view.get(PODS, set.metadata.namespace ?? '', name) === undefined) names.add(name);
  }
  return [...names];
}

function creation(set: ReplicaSet, name: string): ControllerCommand {
  const { template } = set.spec ?? {};
  const generateName = `${set.metadata.name ?? ''}-`;
  const { labels, annotations, finalizers } = template?.metadata ?? {};
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      generateName,
      namespace: set.metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ...(finalizers === undefined ? {} : { finalizers }),
      ownerReferences: [controllerReference(asObject(set))],
    },
    ...(template?.spec === undefined ? {} : { spec: template.spec }),
  };
  const about = asObject(set);
  return {
    type: 'create',
    resource: PODS,
    object: asObject(pod),
    event: { about, eventType: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${name}` },
  };
}

function deletion(set: ReplicaSet, pod: Pod): ControllerCommand {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const about = asObject(set);
  return {
    type: 'delete',
    resource: PODS,
    namespace,
    name,
    uid,
    event: { about, eventType: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${name}` },
  };
}

/** Pods of every replica set with the same owner, this one's included. */
function siblingPods(kind: ReplicasKind, view: View, set: ReplicaSet): readonly Pod[] {
  const owner = controllerOf(asObject(set));
  const sets = owner === undefined ? [set] : view.ownedBy(kind.resource, owner.uid).map(kind.read);
  return sets.flatMap((sibling) => view.ownedBy<Pod>(PODS, sibling.metadata.uid ?? ''));
}

function statusUpdate(kind: ReplicasKind, object: KubeObject, status: ReplicaSetStatus): readonly ControllerCommand[] {
  if (sameJson(status, object['status'])) return [];
  const next: KubeObject = { ...object, status: status as unknown as JsonObject };
  return [{ type: 'update', resource: kind.resource, object: next, subresource: 'status' }];
}

/** Only what happened to pods says something about the set. */
function podFailure(failure: PlanFailure | undefined): PlanFailure | undefined {
  if (failure === undefined || failure.resource.resource !== PODS.resource) return undefined;
  const refused = failure.reason !== 'AlreadyExists' && failure.reason !== 'NotFound' && failure.reason !== 'Conflict';
  return refused && (failure.command === 'create' || failure.command === 'delete') ? failure : undefined;
}

function failureEvent(set: ReplicaSet, failure: PlanFailure): ControllerCommand {
  const deleting = failure.command === 'delete';
  return {
    type: 'event',
    about: asObject(set),
    eventType: 'Warning',
    reason: deleting ? 'FailedDelete' : 'FailedCreate',
    message: `Error ${deleting ? 'deleting' : 'creating'}: ${failure.message}`,
  };
}

/** With minReadySeconds, ready pods become available by time alone. */
function availabilityWait(set: ReplicaSet, pods: readonly Pod[], nowMs: number): readonly ControllerCommand[] {
  const minReadySeconds = set.spec?.minReadySeconds ?? 0;
  const later = pods
    .map((pod) => availableAtMs(pod, minReadySeconds))
    .filter((at) => at !== undefined)
    .filter((at) => at > nowMs);
  return later.length === 0 ? [] : [{ type: 'requeue', afterMs: Math.min(...later) - nowMs }];
}
