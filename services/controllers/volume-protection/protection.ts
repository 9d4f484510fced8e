import { asObject } from '@taffrail/controller/as-object';
import type { ResourceName } from '@taffrail/controller/api-client';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { WorkKey } from '@taffrail/controller/controller';
import type { KubeObject } from '@taffrail/resources/object';

/** A finalizer that keeps an object for as long as it is used. */
export interface Protection {
  readonly resource: ResourceName;
  readonly finalizer: string;
}

/**
 * Gives the finalizer to an object that lacks it (one from before admission did) and takes it from one that is to go and
 * that nobody uses. `isUsed` is asked only for the latter.
 */
export function protect(
  { resource, finalizer }: Protection,
  object: KubeObject | undefined,
  isUsed: (object: KubeObject) => boolean,
): readonly ControllerCommand[] {
  if (object === undefined) return [];
  const { deletionTimestamp, finalizers = [] } = object.metadata;
  const has = finalizers.includes(finalizer);
  const withFinalizers = (changed: readonly string[]): ControllerCommand => ({
    type: 'update',
    resource,
    object: asObject({ ...object, metadata: { ...object.metadata, finalizers: changed } }),
  });
  if (deletionTimestamp === undefined) return has ? [] : [withFinalizers([...finalizers, finalizer])];
  return has && !isUsed(object) ? [withFinalizers(finalizers.filter((one) => one !== finalizer))] : [];
}

/** The key of the object itself. */
export function ownKey({ metadata }: KubeObject): readonly WorkKey[] {
  return [{ namespace: metadata.namespace ?? '', name: metadata.name ?? '' }];
}
