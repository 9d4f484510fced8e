import { resourceText } from '@taffrail/controller/api-path';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, Follow, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import type { OwnerReference } from '@taffrail/resources/generated/types';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { OWNABLE, ownableOf, type OwnableResource } from './owned-resources.ts';
import { stateOfOwner } from './owner-state.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Collects dependents, one controller per resource: an object goes when none of its owners is left (background), before
 * its owner where that waits for it (foreground), or loses the reference (orphan).
 */
export function garbageCollector(of: OwnableResource): Controller {
  return Object.freeze<Controller>({
    name: `garbage-collector-${resourceText(of.resource)}`,
    follows: OWNABLE.map((candidate) => follow(of, candidate)),
    plan: (view, key, context) => plan(of, view, key, context),
  });
}

function follow(of: OwnableResource, candidate: OwnableResource): Follow {
  return {
    resource: candidate.resource,
    part: 'metadata',
    keys(object, _previous, view) {
      const keys: WorkKey[] = [];
      if (candidate.resource === of.resource && concerns(object)) keys.push(keyOf(object));
      // An owner that changed may be ending or gone: its dependents here are looked at.
      if (object.metadata.deletionTimestamp !== undefined || isGone(view, candidate, object)) {
        keys.push(...view.ownedBy(of.resource, object.metadata.uid ?? '').map(keyOf));
      }
      // A dependent that changed or went may be what its owner here waits for.
      for (const reference of object.metadata.ownerReferences ?? []) {
        if (ownableOf(reference)?.resource !== of.resource) continue;
        keys.push({ namespace: of.namespaced ? (object.metadata.namespace ?? '') : '', name: reference.name });
      }
      return keys;
    },
  };
}

function concerns(object: KubeObject): boolean {
  return (object.metadata.ownerReferences ?? []).length > 0 || object.metadata.deletionTimestamp !== undefined;
}

function isGone(view: View, candidate: OwnableResource, object: KubeObject): boolean {
  const { namespace = '', name = '' } = object.metadata;
  return view.get(candidate.resource, namespace, name)?.metadata.uid !== object.metadata.uid;
}

function keyOf(object: KubeObject): WorkKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
}

function plan(of: OwnableResource, view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[] {
  const object = view.get(of.resource, key.namespace, key.name);
  if (object === undefined) return [];
  const finalizers = object.metadata.finalizers ?? [];
  if (object.metadata.deletionTimestamp !== undefined) {
    if (finalizers.includes(ORPHAN)) return orphanDependents(of, view, object);
    if (finalizers.includes(FOREGROUND)) return awaitDependents(of, view, object);
    return [];
  }
  return attend(of, view, object, context);
}

/** Dependents lose the reference first; once none carries it, the finalizer goes. */
function orphanDependents(of: OwnableResource, view: View, owner: KubeObject): readonly ControllerCommand[] {
  const dependents = dependentsOf(view, owner);
  if (dependents.length === 0) return [withoutFinalizer(of, owner, ORPHAN)];
  return dependents.map(({ resource, object }) => withoutOwners(resource, object, [owner.metadata.uid ?? '']));
}

/** The finalizer goes when no dependent is left that blocks the owner's deletion. */
function awaitDependents(of: OwnableResource, view: View, owner: KubeObject): readonly ControllerCommand[] {
  const blocked = dependentsOf(view, owner).some(({ object }) =>
    (object.metadata.ownerReferences ?? []).some(
      (reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true,
    ),
  );
  return blocked ? [] : [withoutFinalizer(of, owner, FOREGROUND)];
}

/** Decides about an object by the state of its owners. */
function attend(
  of: OwnableResource,
  view: View,
  object: KubeObject,
  context: PlanContext,
): readonly ControllerCommand[] {
  const references = object.metadata.ownerReferences ?? [];
  if (references.length === 0) return [];
  const states = references.map((reference) => ({
    reference,
    state: stateOfOwner(view, of, object, reference, context.nowMs),
  }));
  const inState = (state: string): readonly OwnerReference[] =>
    states.filter((entry) => entry.state === state).map((entry) => entry.reference);
  if (inState('unknown').length > 0) return [{ type: 'requeue', afterMs: 1000 }];
  const waiting = inState('waiting');
  const left = [...inState('absent'), ...waiting];
  if (inState('solid').length > 0) {
    return left.length === 0
      ? []
      : [
          withoutOwners(
            of,
            object,
            left.map((reference) => reference.uid),
          ),
        ];
  }
  // Owners that wait for their dependents want them gone with all of theirs, if they have any.
  const foreground = waiting.length > 0 && dependentsOf(view, object).length > 0;
  return [deletion(of, object, foreground ? 'Foreground' : defaultPolicy(object))];
}

function defaultPolicy(object: KubeObject): string {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}

function dependentsOf(
  view: View,
  owner: KubeObject,
): readonly { readonly resource: OwnableResource; readonly object: KubeObject }[] {
  const uid = owner.metadata.uid ?? '';
  return OWNABLE.flatMap((resource) => view.ownedBy(resource.resource, uid).map((object) => ({ resource, object })));
}

function deletion(of: OwnableResource, object: KubeObject, propagationPolicy: string): ControllerCommand {
  const { namespace = '', name = '', uid = '', resourceVersion } = object.metadata;
  return {
    type: 'delete',
    resource: of.resource,
    namespace,
    name,
    uid,
    options: { propagationPolicy },
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

function withoutFinalizer(of: OwnableResource, object: KubeObject, finalizer: string): ControllerCommand {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return metadataPatch(of, object, { finalizers });
}

function withoutOwners(of: OwnableResource, object: KubeObject, uids: readonly string[]): ControllerCommand {
  const kept = (object.metadata.ownerReferences ?? []).filter((reference) => !uids.includes(reference.uid));
  return metadataPatch(of, object, { ownerReferences: kept as unknown as JsonValue });
}

function metadataPatch(of: OwnableResource, object: KubeObject, metadata: JsonObject): ControllerCommand {
  const { namespace = '', name = '', resourceVersion } = object.metadata;
  // Whole lists are replaced: fenced by the version they were read at.
  return {
    type: 'patch',
    resource: of.resource,
    namespace,
    name,
    patch: { metadata },
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
