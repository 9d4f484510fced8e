import type { JsonValue } from '@taffrail/resources/json';
import { finalizersOf, metadataOf, type WorkingObject } from './metadata.ts';

export type ProtectionFinalizer =
  | `kubernetes.io/${'pv' | 'pvc' | 'vac'}-protection`
  | 'networking.k8s.io/service-cidr-finalizer';

/** A new object that others may come to use stays until its controller sees that nobody does. In place. */
export function protectInUse(object: WorkingObject, finalizer: ProtectionFinalizer): void {
  const present: readonly JsonValue[] = finalizersOf(object);
  if (!present.includes(finalizer)) metadataOf(object)['finalizers'] = [...finalizersOf(object), finalizer];
}
