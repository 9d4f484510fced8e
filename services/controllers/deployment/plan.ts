import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import { isEmptySelector, selectorMatches } from '@taffrail/controller/label-selector';
import { controllerOf } from '@taffrail/controller/owner';
import type {
  Deployment,
  DeploymentCondition,
  DeploymentStatus,
  Pod,
  ReplicaSet,
} from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { DEPLOYMENTS, PODS, REPLICA_SETS } from '../resource-names.ts';
import { claim } from '../workload/claim.ts';
import { CONTROLLERLESS, controllerlessReplicaSets } from '../workload/controllerless.ts';
import { sameJson } from '../workload/same-json.ts';
import { REVISION, revisionNumber } from './annotations.ts';
import { historyLimit, isRollingUpdate, progressDeadlineMs } from './bounds.ts';
import { conditionOf, newCondition, withCondition } from './conditions.ts';
import { creation, newestUpdate, resize, type NewestSet } from './set-commands.ts';
import { active, setsOf, sizeOf, type Sets } from './sets.ts';
import { isScaling, newestSize, oldSizes, scaledSizes, type Resize } from './sizes.ts';
import { countedStatus, deadlineMs, isCompleteAndObserved, rolloutStatus } from './status.ts';

/** Rolls a pod template out: one replica set per template, sizes moved step by step within the strategy's bounds. */
export const deploymentController: Controller = Object.freeze<Controller>({
  name: 'deployment-controller',
  follows: [
    { resource: DEPLOYMENTS, keys: (object) => [keyOf(object)] },
    { resource: REPLICA_SETS, keys: keysOfSet },
    { resource: PODS, keys: keysOfPod },
  ],
  indexes: [controllerlessReplicaSets],
  plan,
});

function keyOf(object: KubeObject): WorkKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}

function keysOfSet(set: KubeObject, previous: KubeObject | undefined, view: View): readonly WorkKey[] {
  const namespace = set.metadata.namespace ?? '';
  const names = new Set<string>();
  for (const state of [set, previous]) {
    const owner = state === undefined ? undefined : controllerOf(state);
    if (owner?.kind === 'Deployment') names.add(owner.name);
  }
  if (controllerOf(set) === undefined) {
    for (const deployment of view.list<Deployment>(DEPLOYMENTS, namespace)) {
      if (selectorMatches(deployment.spec?.selector, set.metadata.labels)) names.add(deployment.metadata.name ?? '');
    }
  }
  return [...names].map((name) => ({ namespace, name }));
}

/** Only the Recreate strategy waits for pods themselves. */
function keysOfPod(pod: KubeObject, _previous: KubeObject | undefined, view: View): readonly WorkKey[] {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const namespace = pod.metadata.namespace ?? '';
  const set = view.get(REPLICA_SETS, namespace, owner.name);
  const above = set === undefined ? undefined : controllerOf(set);
  if (above?.kind !== 'Deployment') return [];
  const deployment = view.get<Deployment>(DEPLOYMENTS, namespace, above.name);
  return deployment === undefined || isRollingUpdate(deployment) ? [] : [{ namespace, name: above.name }];
}

/** What a step of a rollout decides before the status is written. */
interface Step {
  readonly commands: readonly ControllerCommand[];
  /** Conditions that go into the status beside what follows from the counts. */
  readonly conditions: readonly DeploymentCondition[];
  readonly collisionCount?: number;
  /** The revision to write down on the deployment. */
  readonly revision?: bigint;
}

function plan(view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[] {
  const deployment = view.get<Deployment>(DEPLOYMENTS, key.namespace, key.name);
  if (deployment === undefined) return [];
  if (deployment.spec !== undefined && isEmptySelector(deployment.spec.selector)) return selectsAll(deployment);
  const { owned, commands: claims } = claim(
    deployment,
    REPLICA_SETS,
    [
      ...view.ownedBy<ReplicaSet>(REPLICA_SETS, deployment.metadata.uid ?? ''),
      ...view.indexed<ReplicaSet>(REPLICA_SETS, CONTROLLERLESS, key.namespace),
    ],
    (set) => selectorMatches(deployment.spec?.selector, set.metadata.labels),
  );
  // An adopted set is planned with once it shows as ours.
  if (claims.length > 0) return claims;
  const sets = setsOf(deployment, owned);
  const { nowMs } = context;

  if (deployment.metadata.deletionTimestamp !== undefined) {
    return statusUpdate(deployment, countedStatus(deployment, sets, conditionsOf(deployment), nowMs), {});
  }
  const conditions = pauseConditions(deployment, nowMs);
  if (deployment.spec?.paused === true || isScaling(deployment, sets)) {
    return standStill(deployment, sets, conditions, nowMs);
  }
  const step = isRollingUpdate(deployment)
    ? rollingStep(view, deployment, sets, conditions, context)
    : recreateStep(view, deployment, sets, conditions, context);
  const status = rolloutStatus(deployment, sets, step.conditions, nowMs);
  const written = statusUpdate(deployment, status, step);
  return [
    // What failed would fail again and end the plan: then the status, which says so, goes first.
    ...(context.lastFailure === undefined ? [...step.commands, ...written] : [...written, ...step.commands]),
    ...(isCompleteAndObserved(deployment) ? cleanUp(deployment, sets) : []),
    ...deadlineWait(deployment, status, nowMs),
  ];
}

/** Paused, or scaled from outside: sizes follow the new number, the rollout itself does not move. */
function standStill(
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  nowMs: number,
): readonly ControllerCommand[] {
  const newest = sets.newest === undefined ? undefined : newestUpdate(deployment, sets);
  const paused = deployment.spec?.paused === true;
  return [
    ...(newest?.commands.length ? newest.commands : resizes(deployment, scaledSizes(deployment, sets))),
    ...(paused ? cleanUp(deployment, sets) : []),
    ...statusUpdate(
      deployment,
      countedStatus(deployment, sets, conditions, nowMs),
      newest === undefined ? {} : { revision: newest.revision },
    ),
  ];
}

/** One step of a rolling update: the newest set is made or grows, or else old ones shrink. */
function rollingStep(
  view: View,
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  context: PlanContext,
): Step {
  const newest = newestStep(view, deployment, sets, conditions, context);
  if (sets.newest === undefined || newest.commands.length > 0) return newest;
  const present = sizeOf(sets.newest);
  const size = newestSize(deployment, sets, present);
  const moves = size === present ? oldSizes(deployment, sets) : [{ set: sets.newest, size }];
  return { ...newest, commands: resizes(deployment, moves) };
}

/** One step of a re-creation: old sets go to zero; once their pods are gone, the new set is made. */
function recreateStep(
  view: View,
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  context: PlanContext,
): Step {
  const running = active(sets.old);
  if (running.length > 0) {
    return {
      commands: resizes(
        deployment,
        running.map((set) => ({ set, size: 0 })),
      ),
      conditions,
    };
  }
  const oldPods = sets.old.flatMap((set) => view.ownedBy<Pod>(PODS, set.metadata.uid ?? ''));
  if (oldPods.some((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed')) {
    return { commands: [], conditions };
  }
  const newest = newestStep(view, deployment, sets, conditions, context);
  if (sets.newest === undefined || newest.commands.length > 0) return newest;
  const wanted = deployment.spec?.replicas ?? 1;
  return { ...newest, commands: resizes(deployment, [{ set: sets.newest, size: wanted }]) };
}

/** Sees to it that the newest set exists and carries the right annotations, and says so in Progressing. */
function newestStep(
  view: View,
  deployment: Deployment,
  sets: Sets,
  conditions: readonly DeploymentCondition[],
  context: PlanContext,
): Step {
  const found: NewestSet =
    sets.newest === undefined ? creation(view, deployment, sets) : newestUpdate(deployment, sets);
  const { commands, name, revision } = found;
  if (found.collision === true) {
    return { commands: [], conditions, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
  }
  const step = { commands, revision };
  if (progressDeadlineMs(deployment) === undefined) return { ...step, conditions };
  const { lastFailure, nowMs } = context;
  if (sets.newest === undefined) {
    const failed = lastFailure?.command === 'create' && lastFailure.resource.resource === REPLICA_SETS.resource;
    const progressing = failed
      ? newCondition('Progressing', 'False', 'ReplicaSetCreateError', lastFailure.message, nowMs)
      : newCondition('Progressing', 'True', 'NewReplicaSetCreated', `Created new replica set "${name}"`, nowMs);
    return { ...step, conditions: withCondition(conditions, progressing) };
  }
  if (conditionOf(conditions, 'Progressing') !== undefined) return { ...step, conditions };
  const message = `Found new replica set "${name}"`;
  const progressing = newCondition('Progressing', 'True', 'FoundNewReplicaSet', message, nowMs);
  return { ...step, conditions: withCondition(conditions, progressing) };
}

function resizes(deployment: Deployment, moves: readonly Resize[]): readonly ControllerCommand[] {
  return moves.flatMap(({ set, size }) => resize(deployment, set, size));
}

function conditionsOf(deployment: Deployment): readonly DeploymentCondition[] {
  return deployment.status?.conditions ?? [];
}

/** While paused the deadline stands still, which Progressing says; once resumed it begins anew. */
function pauseConditions(deployment: Deployment, nowMs: number): readonly DeploymentCondition[] {
  const conditions = conditionsOf(deployment);
  if (progressDeadlineMs(deployment) === undefined) return conditions;
  const current = conditionOf(conditions, 'Progressing');
  if (current?.reason === 'ProgressDeadlineExceeded') return conditions;
  const paused = deployment.spec?.paused === true;
  if (paused === (current?.reason === 'DeploymentPaused')) return conditions;
  const next = paused
    ? newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs)
    : newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs);
  return withCondition(conditions, next);
}

/** Deletes the oldest finished sets beyond the history limit. */
function cleanUp(deployment: Deployment, sets: Sets): readonly ControllerCommand[] {
  const limit = historyLimit(deployment);
  if (limit === undefined) return [];
  const cleanable = sets.old.filter((set) => set.metadata.deletionTimestamp === undefined);
  const surplus = [...cleanable]
    .sort((a, b) => Number(revisionNumber(a) > revisionNumber(b)) - Number(revisionNumber(a) < revisionNumber(b)))
    .slice(0, Math.max(0, cleanable.length - limit));
  return surplus
    .filter((set) => sizeOf(set) === 0 && (set.status?.replicas ?? 0) === 0)
    .filter((set) => (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0))
    .map((set) => {
      const { namespace = '', name = '', uid = '' } = set.metadata;
      return { type: 'delete', resource: REPLICA_SETS, namespace, name, uid };
    });
}

/** The status, and the revision annotation that belongs with it. Nothing when both stand already. */
function statusUpdate(
  deployment: Deployment,
  counted: DeploymentStatus,
  step: { readonly collisionCount?: number; readonly revision?: bigint },
): readonly ControllerCommand[] {
  const { collisionCount, revision } = step;
  const status = collisionCount === undefined ? counted : { ...counted, collisionCount };
  const { annotations } = deployment.metadata;
  const numbered = revision === undefined ? annotations : { ...annotations, [REVISION]: String(revision) };
  if (sameJson(status, deployment.status) && sameJson(numbered, annotations)) return [];
  const metadata = numbered === undefined ? deployment.metadata : { ...deployment.metadata, annotations: numbered };
  const object = asObject({ ...deployment, metadata, status } as Deployment);
  return [{ type: 'update', resource: DEPLOYMENTS, object, subresource: 'status' }];
}

/** Looks again when the progress deadline passes with nothing having changed. */
function deadlineWait(deployment: Deployment, status: DeploymentStatus, nowMs: number): readonly ControllerCommand[] {
  if (isCompleteAndObserved(deployment)) return [];
  const at = deadlineMs(deployment, conditionOf(status.conditions ?? [], 'Progressing'));
  return at === undefined ? [] : [{ type: 'requeue', afterMs: Math.max(at - nowMs, 0) + 1000 }];
}

function selectsAll(deployment: Deployment): readonly ControllerCommand[] {
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return [];
  const about = asObject(deployment);
  const message = 'This deployment is selecting all pods. A non-empty selector is required.';
  return [
    { type: 'event', about, eventType: 'Warning', reason: 'SelectingAll', message },
    ...statusUpdate(deployment, { ...deployment.status, observedGeneration: generation }, {}),
  ];
}
