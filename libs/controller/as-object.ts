import type { ObjectMeta } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';

/** What every generated kind has in common. */
export interface TypedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A generated kind as the general object it is: interfaces have no index signature, so the compiler cannot see it. */
export function asObject(object: TypedObject): KubeObject {
  return object as unknown as KubeObject;
}
