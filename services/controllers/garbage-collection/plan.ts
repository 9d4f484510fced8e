import { resourceText } from '@taffrail/controller/api-path';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, Follow, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import type { OwnerReference } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { STORED_RESOURCES, type StoredResource } from '../stored-resources.ts';
import { deletion, unreachableOwner, withoutBlock, withoutFinalizer, withoutOwners } from './commands.ts';
import { type Dependent, dependentsOf } from './dependents.ts';
import { ownerResource, storedResource } from './owner-resource.ts';
import { isOutOfReach, stateOfOwner } from './owner-state.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/**
 * Collects dependents of every kind: an object goes when none of its owners is left (background), before its owner where
 * that waits for it (foreground), or loses the reference (orphan). It keeps no graph of its own: the view's index of
 * owners is one, and of objects it holds no more than the metadata others follow anyway.
 */
export const garbageCollector: Controller = Object.freeze<Controller>({
  name: 'garbage-collector-controller',
  follows: STORED_RESOURCES.map(follow),
  plan(view, key, context) {
    const of = storedResource(key.resource ?? '');
    return of === undefined ? [] : plan(of, view, key, context);
  },
});

function follow(of: StoredResource): Follow {
  return {
    resource: of.resource,
    part: 'metadata',
    keys(object, previous, view) {
      const keys: WorkKey[] = [];
      const { ownerReferences = [], deletionTimestamp, uid = '' } = object.metadata;
      const isGone =
        view.get(of.resource, object.metadata.namespace ?? '', object.metadata.name ?? '')?.metadata.uid !== uid;
      if (!isGone && (ownerReferences.length > 0 || deletionTimestamp !== undefined)) keys.push(keyOf(of, object));
      // What depends on an owner that ends or is gone is looked at.
      if (isGone || deletionTimestamp !== undefined) {
        keys.push(...dependentsOf(view, uid).map((dependent) => keyOf(dependent.of, dependent.object)));
      }
      // A dependent that changed, went, or lost the reference may be what an ending owner waits for.
      for (const reference of [...ownerReferences, ...(previous?.metadata.ownerReferences ?? [])]) {
        const owner = ownerResource(reference);
        if (owner === undefined || isOutOfReach(of, owner)) continue;
        const namespace = owner.namespaced ? (object.metadata.namespace ?? '') : '';
        const ends = view.get(owner.resource, namespace, reference.name)?.metadata.deletionTimestamp !== undefined;
        if (ends) keys.push({ resource: resourceText(owner.resource), namespace, name: reference.name });
      }
      return keys;
    },
  };
}

function keyOf(of: StoredResource, { metadata }: KubeObject): WorkKey {
  return { resource: resourceText(of.resource), namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

function plan(of: StoredResource, view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[] {
  const object = view.get(of.resource, key.namespace, key.name);
  if (object === undefined) return [];
  if (object.metadata.deletionTimestamp === undefined) return attend({ of, object }, view, context);
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return orphanDependents({ of, object }, view);
  return finalizers.includes(FOREGROUND) ? awaitDependents({ of, object }, view) : [];
}

/** Dependents lose the reference first; once none carries it, the finalizer goes. */
function orphanDependents(owner: Dependent, view: View): readonly ControllerCommand[] {
  const uid = owner.object.metadata.uid ?? '';
  const dependents = dependentsOf(view, uid);
  if (dependents.length === 0) return [withoutFinalizer(owner, ORPHAN)];
  return dependents.map((dependent) => withoutOwners(dependent, [uid]));
}

/** The finalizer goes when no dependent is left that blocks the owner's deletion. */
function awaitDependents(owner: Dependent, view: View): readonly ControllerCommand[] {
  const uid = owner.object.metadata.uid ?? '';
  const isBlocked = dependentsOf(view, uid).some(({ object }) => blocks(object, uid));
  return isBlocked ? [] : [withoutFinalizer(owner, FOREGROUND)];
}

function blocks(object: KubeObject, owner: string): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.uid === owner && reference.blockOwnerDeletion === true,
  );
}

/** Decides about an object by the state of its owners. */
function attend(dependent: Dependent, view: View, context: PlanContext): readonly ControllerCommand[] {
  const { of, object } = dependent;
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
  const left = [...inState('absent'), ...waiting].map(({ uid }) => uid);
  if (inState('solid').length > 0) {
    return [...unreachable(dependent), ...(left.length === 0 ? [] : [withoutOwners(dependent, left)])];
  }
  return waiting.length > 0 ? deleteBefore(dependent, view) : [deletion(dependent, defaultPolicy(object))];
}

/** Says that an owner cannot be looked for, once for each object. */
function unreachable(dependent: Dependent): readonly ControllerCommand[] {
  return (dependent.object.metadata.ownerReferences ?? []).flatMap((reference) => {
    const owner = ownerResource(reference);
    return owner !== undefined && isOutOfReach(dependent.of, owner) ? [unreachableOwner(dependent, reference)] : [];
  });
}

/**
 * Owners that wait for their dependents want them gone with all of theirs. Where objects own each other in a circle, one
 * of these waits already: the object stops blocking its owner, or both would wait for ever.
 */
function deleteBefore(dependent: Dependent, view: View): readonly ControllerCommand[] {
  const { object } = dependent;
  const dependents = dependentsOf(view, object.metadata.uid ?? '');
  if (dependents.length === 0) return [deletion(dependent, defaultPolicy(object))];
  const isCircle = dependents.some(
    ({ object: { metadata } }) =>
      metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FOREGROUND) === true,
  );
  const isBlocking = (object.metadata.ownerReferences ?? []).some((one) => one.blockOwnerDeletion === true);
  // Deleted by the next plan, fenced by the version this patch makes.
  return isCircle && isBlocking ? [withoutBlock(dependent)] : [deletion(dependent, 'Foreground')];
}

function defaultPolicy(object: KubeObject): string {
  const finalizers = object.metadata.finalizers ?? [];
  if (finalizers.includes(ORPHAN)) return 'Orphan';
  return finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
}
