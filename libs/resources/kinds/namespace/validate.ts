import type { FieldError } from '../../field-error.ts';
import type { Namespace } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { index, invalid, invalids, type Path } from '../../validation/field.ts';

const LEVELS: readonly string[] = ['privileged', 'baseline', 'restricted'];

/** The pod security labels say a level Kubernetes knows. */
export function validateSecurityLabels(namespace: Given<Namespace>): readonly FieldError[] {
  return ['enforce', 'audit', 'warn'].flatMap((mode) => {
    const label = `pod-security.kubernetes.io/${mode}`;
    const level = namespace.metadata?.labels?.[label];
    if (level === undefined || LEVELS.includes(level)) return [];
    return [invalid(`metadata.labels[${label}]`, level, `must be one of ${LEVELS.join(', ')}`)];
  });
}

/** Names of finalizers given to the `finalize` subresource. */
export function validateFinalizerUpdate(namespace: Given<Namespace>): readonly FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name, at) =>
    validateFinalizer(name, index('spec.finalizers', at)),
  );
}

/** Those a new namespace comes with; Kubernetes does not say which of them is meant. */
export function validateFinalizers(namespace: Given<Namespace>): readonly FieldError[] {
  return (namespace.spec?.finalizers ?? []).flatMap((name) => validateFinalizer(name, 'spec.finalizers'));
}

const STANDARD_FINALIZERS: readonly string[] = ['kubernetes', 'orphan', 'foregroundDeletion'];
const UNKNOWN_FINALIZER = 'name is neither a standard finalizer name nor is it fully qualified';

function validateFinalizer(name: string, path: Path): readonly FieldError[] {
  const isKnown = name.includes('/') || STANDARD_FINALIZERS.includes(name);
  return [...invalids(path, name, qualifiedName(name)), ...(isKnown ? [] : [invalid(path, name, UNKNOWN_FINALIZER)])];
}

/** The phase says Terminating exactly while the namespace is being deleted. */
export function validateNamespaceStatus(next: Given<Namespace>): readonly FieldError[] {
  const phase = next.status?.phase;
  const deleting = next.metadata?.deletionTimestamp !== undefined;
  if (deleting && phase !== 'Terminating') {
    return [invalid('status.Phase', phase ?? '', "may only be 'Terminating' if `deletionTimestamp` is not empty")];
  }
  if (!deleting && phase !== 'Active') {
    return [invalid('status.Phase', phase ?? '', "may only be 'Active' if `deletionTimestamp` is empty")];
  }
  return [];
}
