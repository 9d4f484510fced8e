import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeClaim } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { invalids, key, notSupported, type Path, required } from '../../validation/field.ts';
import { validateAmount } from './amounts.ts';

const RESIZE_STATES: readonly string[] = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].toSorted();

/** A claim's status says how large its volume is, and how far its growth has come. */
export function validateClaimStatus({ spec, status }: Given<PersistentVolumeClaim>): readonly FieldError[] {
  const growth = 'status.allocatedResourceStatus';
  const allocated = 'status.allocatedResources';
  return [
    ...((spec?.accessModes ?? []).length === 0 ? [required('Spec.accessModes')] : []),
    ...Object.entries(status?.capacity ?? {}).flatMap(([name, text = '']) =>
      validateAmount(text, key('status.capacity', name)),
    ),
    ...Object.entries(status?.allocatedResourceStatuses ?? {}).flatMap(([name, state = '']) => [
      ...validateResource(name, growth),
      ...(RESIZE_STATES.includes(state) ? [] : [notSupported(growth, { goSyntax: name }, RESIZE_STATES)]),
    ]),
    ...Object.entries(status?.allocatedResources ?? {}).flatMap(([name, text = '']) => {
      const faults = validateResource(name, allocated);
      return faults.length > 0 ? faults : validateAmount(text, key(allocated, name));
    }),
  ];
}

/** Storage, or a resource of somebody's own. */
function validateResource(name: string, path: Path): readonly FieldError[] {
  const faults = qualifiedName(name);
  if (faults.length > 0) return invalids(path, name, faults);
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  return isNative && name !== 'storage' ? [notSupported(path, name, ['storage'])] : [];
}
