import type { View } from '@taffrail/controller/controller';
import type { KubeObject } from '@taffrail/resources/object';
import { STORED_RESOURCES, type StoredResource } from '../stored-resources.ts';

/** An object, and of what resource it is. */
export interface Dependent {
  readonly of: StoredResource;
  readonly object: KubeObject;
}

/** Everything that names `uid` as an owner. */
export function dependentsOf(view: View, uid: string): readonly Dependent[] {
  return STORED_RESOURCES.flatMap((of) => view.ownedBy(of.resource, uid).map((object) => ({ of, object })));
}
