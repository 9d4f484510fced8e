import type { View } from '@taffrail/controller/controller';
import { parseRevision } from '@taffrail/platform/brand';
import { parseRfc3339 } from '@taffrail/platform/clock';
import type { OwnerReference } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { LEASES, SECRETS } from '../resource-names.ts';
import type { StoredResource } from '../stored-resources.ts';
import { ownerResource } from './owner-resource.ts';

/**
 * solid: there and staying. waiting: ending, and waits for its dependents. absent: certainly not there.
 * unknown: not in view, but the view may not have come far enough to say so.
 */
export type OwnerState = 'solid' | 'waiting' | 'absent' | 'unknown';

/** Resources that are watched on their own and so may run ahead of the log's view. */
const OUT_OF_STEP = new Set([SECRETS.resource, LEASES.resource]);
/** Age at which a dependent of those was certainly made after anything the view still lacks. */
const SETTLED_MS = 60_000;

/** Whether an object of the cluster names an owner that lies in some namespace, which nobody can tell. */
export function isOutOfReach(of: StoredResource, owner: StoredResource): boolean {
  return owner.namespaced && !of.namespaced;
}

/** The state of one owner of `object`. What cannot be looked for counts as being there. */
export function stateOfOwner(
  view: View,
  of: StoredResource,
  object: KubeObject,
  reference: OwnerReference,
  nowMs: number,
): OwnerState {
  const ownable = ownerResource(reference);
  if (ownable === undefined || isOutOfReach(of, ownable)) return 'solid';
  const namespace = ownable.namespaced ? (object.metadata.namespace ?? '') : '';
  const owner = view.get(ownable.resource, namespace, reference.name);
  if (owner?.metadata.uid === reference.uid) {
    const waits =
      owner.metadata.deletionTimestamp !== undefined &&
      owner.metadata.finalizers?.includes('foregroundDeletion') === true;
    return waits ? 'waiting' : 'solid';
  }
  return isCaughtUp(view, of, ownable, object, nowMs) ? 'absent' : 'unknown';
}

/**
 * Whether the view of the owner's resource is at least as new as the dependent: an owner is always made before what names
 * its uid, so if it is not there then, it is gone.
 */
function isCaughtUp(view: View, of: StoredResource, owner: StoredResource, object: KubeObject, nowMs: number): boolean {
  if (of.resource.resource === LEASES.resource || OUT_OF_STEP.has(owner.resource.resource)) {
    // Revision spaces differ, or the owner is watched apart: wait until the dependent has some age.
    return nowMs - (parseRfc3339(object.metadata.creationTimestamp ?? '') ?? 0) > SETTLED_MS;
  }
  const at = parseRevision(object.metadata.resourceVersion ?? '');
  return at === undefined || view.revision(owner.resource) >= at;
}
