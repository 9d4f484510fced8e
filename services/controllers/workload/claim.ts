import { asObject, type TypedObject } from '@taffrail/controller/as-object';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { ControllerCommand } from '@taffrail/controller/command';
import { controllerOf, controllerReference } from '@taffrail/controller/owner';
import type { JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';

/** Objects that belong to an owner, and what has to be written for that. */
export interface Claim<T> {
  readonly owned: readonly T[];
  readonly commands: readonly ControllerCommand[];
}

/**
 * Sorts out which objects an owner controls: its own stay while they match its selector and are released otherwise;
 * orphans that match are adopted, unless either side is being deleted. What another owner controls is left alone.
 */
export function claim<T extends TypedObject>(
  owner: TypedObject,
  resource: ResourceName,
  candidates: readonly T[],
  matches: (candidate: T) => boolean,
): Claim<T> {
  const owned: T[] = [];
  const commands: ControllerCommand[] = [];
  const ownerEnds = owner.metadata.deletionTimestamp !== undefined;
  for (const candidate of candidates) {
    const controller = controllerOf(asObject(candidate));
    if (controller?.uid === owner.metadata.uid) {
      if (matches(candidate)) owned.push(candidate);
      else if (!ownerEnds) commands.push(release(owner, resource, candidate));
    } else if (controller === undefined && !ownerEnds && matches(candidate)) {
      if (candidate.metadata.deletionTimestamp === undefined) {
        commands.push(adopt(owner, resource, candidate));
        owned.push(candidate);
      }
    }
  }
  return { owned, commands };
}

function adopt(owner: TypedObject, resource: ResourceName, candidate: TypedObject): ControllerCommand {
  // One that the owner holds already without controlling it is taken over, not doubled.
  const others = (candidate.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
  return references(resource, candidate, [...others, controllerReference(asObject(owner))]);
}

function release(owner: TypedObject, resource: ResourceName, candidate: TypedObject): ControllerCommand {
  const others = candidate.metadata.ownerReferences ?? [];
  return references(
    resource,
    candidate,
    others.filter((reference) => reference.uid !== owner.metadata.uid),
  );
}

function references(
  resource: ResourceName,
  candidate: TypedObject,
  ownerReferences: NonNullable<KubeObject['metadata']['ownerReferences']>,
): ControllerCommand {
  const { namespace = '', name = '', resourceVersion } = candidate.metadata;
  // The whole list is replaced, so the patch is fenced by the version the list was read at.
  return {
    type: 'patch',
    resource,
    namespace,
    name,
    patch: { metadata: { ownerReferences: ownerReferences as unknown as JsonValue } },
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}
