import type { FieldError } from '../../field-error.ts';
import type { Event as KubeEvent } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { invalid } from '../../validation/field.ts';

/** An Event lives in the namespace of what it is about; one about a cluster-scoped object lives in `default`. */
export function validateEvent(event: Given<KubeEvent>): readonly FieldError[] {
  const about = event.involvedObject?.namespace ?? '';
  const namespace = event.metadata?.namespace ?? '';
  const fault = 'does not match event.namespace';
  if (about === '') {
    const known = ['default', 'kube-system', ''].includes(namespace);
    return known ? [] : [invalid('involvedObject.namespace', about, fault)];
  }
  return about === namespace ? [] : [invalid('involvedObject.namespace', about, fault)];
}
