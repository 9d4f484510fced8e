import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { ObjectKey } from '@taffrail/resources/object';

/** The metadata of an object; empty where it has none. */
export function metadataOf(object: JsonObject): JsonObject {
  const { metadata } = object;
  return isJsonObject(metadata) ? metadata : {};
}

/** The owners an object names. */
export function ownersOf(object: JsonObject | undefined): readonly JsonObject[] {
  const owners = object === undefined ? undefined : metadataOf(object)['ownerReferences'];
  return Array.isArray(owners) ? (owners as readonly JsonValue[]).filter(isJsonObject) : [];
}

/** `Deployment web` of the owner that controls an object; undefined when nobody does. */
export function controllerOf(object: JsonObject | undefined): string | undefined {
  const owner = ownersOf(object).find(({ controller }) => controller === true);
  return owner === undefined ? undefined : `${textOf(owner, 'kind')} ${textOf(owner, 'name')}`;
}

/** Whether an object is the IPAddress of a Service's cluster IP: the server makes and takes it with the Service. */
export function isAllocatedAddress({ group, resource }: ObjectKey, object: JsonObject | undefined): boolean {
  if (group !== 'networking.k8s.io' || resource !== 'ipaddresses' || object === undefined) return false;
  const { labels } = metadataOf(object);
  return isJsonObject(labels) && labels['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io';
}

export const LEFT_TO_SERVICE = 'it comes and goes with its Service';

/** Which object is meant by a reference. */
export interface OwnerName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

function ownerName(owner: JsonObject): OwnerName {
  return {
    apiVersion: textOf(owner, 'apiVersion'),
    kind: textOf(owner, 'kind'),
    name: textOf(owner, 'name'),
    uid: textOf(owner, 'uid'),
  };
}

/** A text member; '' where there is none. */
export function textOf(object: JsonObject, name: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : '';
}

/** A token of a ServiceAccount names its account by uid as well. */
const ACCOUNT_UID = 'kubernetes.io/service-account.uid';

function accountOf(annotations: JsonValue | undefined): OwnerName | undefined {
  if (!isJsonObject(annotations)) return undefined;
  const { [ACCOUNT_UID]: uid, 'kubernetes.io/service-account.name': name } = annotations;
  if (typeof uid !== 'string' || typeof name !== 'string') return undefined;
  return { apiVersion: 'v1', kind: 'ServiceAccount', name, uid };
}

/**
 * An object whose references to others by uid are those that hold now: `renewed` says for a former uid which one took its
 * place, and undefined for one whose object is gone, a reference to which would have the object collected at once.
 */
export function withOwners(object: JsonObject, renewed: (owner: OwnerName) => string | undefined): JsonObject {
  const metadata = metadataOf(object);
  const owners = ownersOf(object).flatMap((owner) => {
    const uid = renewed(ownerName(owner));
    return uid === undefined ? [] : [{ ...owner, uid }];
  });
  const { ownerReferences: _former, annotations, ...rest } = metadata;
  const account = accountOf(annotations);
  const own = account === undefined ? undefined : renewed(account);
  return {
    ...object,
    metadata: {
      ...rest,
      ...(annotations === undefined
        ? {}
        : {
            annotations:
              own === undefined || !isJsonObject(annotations) ? annotations : { ...annotations, [ACCOUNT_UID]: own },
          }),
      ...(owners.length === 0 ? {} : { ownerReferences: owners }),
    },
  };
}
