import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand, PlannedEvent } from '@taffrail/controller/command';
import type { View } from '@taffrail/controller/controller';
import { controllerReference, isControlledBy } from '@taffrail/controller/owner';
import type { Deployment, PodTemplateSpec, ReplicaSet } from '@taffrail/resources/generated/types';
import { REPLICA_SETS } from '../resource-names.ts';
import { sameJson } from '../workload/same-json.ts';
import { maxRevision, newSetAnnotations, replicasAnnotations, REVISION, revisionOf } from './annotations.ts';
import { sizeOf, type Sets } from './sets.ts';
import { newestSize } from './sizes.ts';
import { sameTemplate, TEMPLATE_HASH, templateHash } from './template.ts';

/** What has to be done so that the set of the present template exists as it should. */
export interface NewestSet {
  readonly name: string;
  /** The revision the deployment is at with this set. */
  readonly revision: bigint;
  readonly commands: readonly ControllerCommand[];
  /** The name belongs to another set: the hash needs another collision count. */
  readonly collision?: true;
}

/** Makes the set of the present template, at the size the strategy allows at once. */
export function creation(view: View, deployment: Deployment, sets: Sets): NewestSet {
  const { namespace = '', name: deploymentName = '' } = deployment.metadata;
  const template = deployment.spec?.template ?? {};
  const hash = templateHash(template, deployment.status?.collisionCount ?? 0);
  const name = `${deploymentName}-${hash}`;
  const revision = maxRevision(sets.old) + 1n;
  const taken = view.get<ReplicaSet>(REPLICA_SETS, namespace, name);
  if (taken !== undefined) {
    const ours = isControlledBy(asObject(taken), asObject(deployment)) && sameTemplate(taken.spec?.template, template);
    return ours ? { name, revision, commands: [] } : { name, revision, commands: [], collision: true };
  }
  const replicas = newestSize(deployment, sets, 0);
  const hashed = withHash(template, hash);
  const { minReadySeconds } = deployment.spec ?? {};
  const set: ReplicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace,
      ...(hashed.metadata?.labels === undefined ? {} : { labels: hashed.metadata.labels }),
      annotations: { ...newSetAnnotations(deployment, undefined, revision), ...replicasAnnotations(deployment) },
      ownerReferences: [controllerReference(asObject(deployment))],
    },
    spec: {
      replicas,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: {
        ...deployment.spec?.selector,
        matchLabels: { ...deployment.spec?.selector.matchLabels, [TEMPLATE_HASH]: hash },
      },
      template: hashed,
    },
  };
  const command: ControllerCommand = {
    type: 'create',
    resource: REPLICA_SETS,
    object: asObject(set),
    ...(replicas === 0 ? {} : { event: scalingEvent(deployment, name, 0, replicas) }),
  };
  return { name, revision, commands: [command] };
}

/** Brings annotations and minReadySeconds of the existing newest set up to date. */
export function newestUpdate(deployment: Deployment, sets: Sets): NewestSet {
  const set = sets.newest;
  const name = set?.metadata.name ?? '';
  const grown = maxRevision(sets.old) + 1n;
  const annotations = newSetAnnotations(deployment, set, grown);
  const revision = annotations[REVISION] === undefined ? grown : revisionOf(annotations[REVISION]);
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0;
  const stands =
    sameJson(annotations, set?.metadata.annotations ?? {}) && (set?.spec?.minReadySeconds ?? 0) === minReadySeconds;
  if (set?.spec === undefined || stands) return { name, revision, commands: [] };
  const object: ReplicaSet = {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, minReadySeconds },
  };
  return { name, revision, commands: [{ type: 'update', resource: REPLICA_SETS, object: asObject(object) }] };
}

/** Gives a set another size, and notes for which size of the deployment; nothing when both stand already. */
export function resize(deployment: Deployment, set: ReplicaSet, size: number): readonly ControllerCommand[] {
  const annotations = { ...set.metadata.annotations, ...replicasAnnotations(deployment) };
  const present = sizeOf(set);
  if (set.spec === undefined) return [];
  if (present === size && sameJson(annotations, set.metadata.annotations)) return [];
  const object: ReplicaSet = {
    ...set,
    metadata: { ...set.metadata, annotations },
    spec: { ...set.spec, replicas: size },
  };
  const command: ControllerCommand = {
    type: 'update',
    resource: REPLICA_SETS,
    object: asObject(object),
    ...(present === size ? {} : { event: scalingEvent(deployment, set.metadata.name ?? '', present, size) }),
  };
  return [command];
}

function scalingEvent(deployment: Deployment, setName: string, from: number, to: number): PlannedEvent {
  const direction = to > from ? 'up' : 'down';
  return {
    about: asObject(deployment),
    eventType: 'Normal',
    reason: 'ScalingReplicaSet',
    message: `Scaled ${direction} replica set ${setName} from ${from} to ${to}`,
  };
}

function withHash(template: PodTemplateSpec, hash: string): PodTemplateSpec {
  const { metadata } = template;
  return { ...template, metadata: { ...metadata, labels: { ...metadata?.labels, [TEMPLATE_HASH]: hash } } };
}
