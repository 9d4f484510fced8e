import {
  applyConfiguration,
  type Applied,
  type Change,
  trackUpdate,
} from '@taffrail/machinery/apply/server-side-apply';
import type { VersionViews } from '@taffrail/machinery/apply/versions';
import { knownFields } from '@taffrail/log/known-fields';
import { jsonEqual } from '@taffrail/machinery/json-walk';
import type { Rejection } from '@taffrail/machinery/rejection';
import { storageOf } from '@taffrail/resources/conversion';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { isJsonObject, type JsonObject, type JsonValue, type MutableJson } from '@taffrail/resources/json';
import { apiVersionOf, type KubeObject } from '@taffrail/resources/object';
import { findKind } from '@taffrail/resources/registry';
import type { DecisionContext, Target } from '../command.ts';
import { asKubeObject, metadataOf, type WorkingObject } from './metadata.ts';

/**
 * Sets who owns which fields of an object about to be stored. Computed once, when everything else of it is settled, so
 * that what the server carried over, refused or filled in is nobody's doing.
 */
export function manageFields(
  target: Target,
  object: WorkingObject,
  previous: KubeObject | undefined,
  given: JsonValue | undefined,
  context: DecisionContext,
): void {
  // Only the resource itself may have its managedFields written; a subresource goes on from those that are stored.
  const asked = target.subresource === '' && Array.isArray(given) && given.length > 0 ? given : undefined;
  const isFollowed = previous === undefined || previous.metadata.managedFields !== undefined || asked !== undefined;
  // The server's own changes are nobody's, and neither are those of an object whose owners were never followed.
  if (context.system === true || !isFollowed) {
    const kept = previous?.metadata.managedFields as unknown as JsonValue | undefined;
    return setManagedFields(object, kept);
  }
  const { served = target.definition } = target;
  const shown = (stored: KubeObject): KubeObject => served.conversion?.fromStorage(stored) ?? stored;
  const change = changeOf(
    { ...target, definition: served },
    previous === undefined ? undefined : shown(previous),
    context,
  );
  const managed = trackUpdate(change, shown(asKubeObject(object)), asked);
  setManagedFields(object, managed as unknown as JsonValue);
}

/** Writes managedFields into a working object; an empty list is left out. */
export function setManagedFields(object: WorkingObject, managed: JsonValue | undefined): void {
  const metadata = metadataOf(object);
  if (managed === undefined || (Array.isArray(managed) && managed.length === 0)) delete metadata['managedFields'];
  else metadata['managedFields'] = (Array.isArray(managed) ? managed.map(withKnownFields) : managed) as MutableJson;
}

/** A manager's entry with the value that all share who own the same. */
function withKnownFields(entry: JsonValue): JsonValue {
  if (!isJsonObject(entry) || !isJsonObject(entry['fieldsV1'])) return entry;
  const { fieldsV1 } = entry;
  const shared = knownFields(fieldsV1) as JsonObject;
  return shared === fieldsV1 ? entry : { ...entry, fieldsV1: shared };
}

/** Whether a request that sends `given` leaves the managedFields as they are: it says nothing of them, or the same. */
export function leavesManagers(given: JsonValue | undefined, previous: KubeObject, subresource: string): boolean {
  if (given === undefined || subresource !== '') return true;
  const stored = previous.metadata.managedFields as unknown as JsonValue | undefined;
  // No list and an empty one say nothing: clients that do not know the field send none.
  if (given === null || (Array.isArray(given) && given.length === 0)) return true;
  return stored !== undefined && jsonEqual(given, stored);
}

/** Lays an applied configuration over the object as it is stored. */
export function applied(
  target: Target,
  previous: KubeObject | undefined,
  config: JsonObject,
  force: boolean,
  context: DecisionContext,
): Applied | Rejection {
  return applyConfiguration(changeOf(target, previous, context), config, force);
}

function changeOf(target: Target, live: KubeObject | undefined, context: DecisionContext): Change {
  const { definition, subresource } = target;
  return {
    live,
    typeName: definition.schema,
    manager: context.actor.fieldManager === '' ? 'unknown' : context.actor.fieldManager,
    apiVersion: apiVersionOf(definition.group, definition.version),
    subresource,
    nowMs: context.nowMs,
    views: viewsOf(storageOf(definition)),
  };
}

/** How the versions of a stored kind show an object. */
function viewsOf(storage: ResourceDefinition): VersionViews {
  return (apiVersion) => {
    const [version = '', group = ''] = apiVersion.split('/').toReversed();
    const found = findKind(group, version, storage.kind);
    if (found === undefined || storageOf(found) !== storage) return undefined;
    const { conversion } = found;
    return {
      typeName: found.schema,
      fromStored: (object) => conversion?.fromStorage(object as KubeObject) ?? object,
      toStored: (object) => conversion?.toStorage(object as KubeObject) ?? object,
    };
  };
}
