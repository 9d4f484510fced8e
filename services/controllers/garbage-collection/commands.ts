import type { ControllerCommand } from '@taffrail/controller/command';
import type { OwnerReference } from '@taffrail/resources/generated/types';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';
import type { Dependent } from './dependents.ts';

/** Deletes an object as it was seen. */
export function deletion({ of, object }: Dependent, propagationPolicy: string): ControllerCommand {
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

/** Takes a finalizer off. */
export function withoutFinalizer(dependent: Dependent, finalizer: string): ControllerCommand {
  const finalizers = (dependent.object.metadata.finalizers ?? []).filter((name) => name !== finalizer);
  return metadataPatch(dependent, { finalizers });
}

/** Takes the references to some owners off. */
export function withoutOwners(dependent: Dependent, uids: readonly string[]): ControllerCommand {
  return referencesPatch(dependent, (references) => references.filter(({ uid }) => !uids.includes(uid)));
}

/** Lets every owner go without waiting for this object. */
export function withoutBlock(dependent: Dependent): ControllerCommand {
  return referencesPatch(dependent, (references) =>
    references.map((reference) => ({ ...reference, blockOwnerDeletion: false })),
  );
}

/** Tells that an owner of an object of the cluster lies in a namespace, where nobody can look for it. */
export function unreachableOwner(
  { object }: Dependent,
  { apiVersion, kind, name, uid }: OwnerReference,
): ControllerCommand {
  const reference = `${apiVersion}/${kind}, namespace: , name: ${name}, uid: ${uid}`;
  const message = `ownerRef [${reference}] does not exist in namespace ""`;
  return { type: 'event', about: object, eventType: 'Warning', reason: 'OwnerRefInvalidNamespace', message };
}

function referencesPatch(
  dependent: Dependent,
  change: (references: readonly OwnerReference[]) => readonly OwnerReference[],
): ControllerCommand {
  const kept = change(dependent.object.metadata.ownerReferences ?? []);
  return metadataPatch(dependent, { ownerReferences: kept as unknown as JsonValue });
}

function metadataPatch({ of, object }: Dependent, metadata: JsonObject): ControllerCommand {
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
