import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeClaim } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { forbidden, invalid, notSupported, required } from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { equal, rulesOf } from '../strategy.ts';
import { accessModesText, validateAccessModes } from '../persistentvolume/access-modes.ts';
import { defaultPersistentVolumeClaim } from './defaults.ts';

const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

function validate({ spec = {} }: Given<PersistentVolumeClaim>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) {
    errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  }
  errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  errors.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  const storage = spec.resources?.requests?.['storage'];
  const path = 'spec.resources[storage]';
  if (storage === undefined) errors.push(required(path));
  else if ((parseQuantity(storage)?.nanos ?? 0n) <= 0n)
    errors.push(invalid(path, storage, 'must be greater than zero'));
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.push(notSupported('spec.volumeMode', spec.volumeMode, VOLUME_MODES));
  }
  return errors;
}

/** What a bound claim may still change: its size, its attributes class, and what the binder fills in. */
const SPEC_FORBIDDEN =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

function validateUpdate(
  next: Given<PersistentVolumeClaim>,
  previous: Given<PersistentVolumeClaim>,
): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const bound = previous.status?.phase === 'Bound';
  const compared = {
    ...now,
    ...((before.volumeName ?? '') === '' ? { volumeName: before.volumeName } : {}),
    ...(before.storageClassName === undefined ? { storageClassName: before.storageClassName } : {}),
    ...(bound
      ? {
          resources: { ...now.resources, requests: before.resources?.requests },
          volumeAttributesClassName: before.volumeAttributesClassName,
        }
      : {}),
  };
  const errors: FieldError[] = [];
  if (!equal(JSON.parse(JSON.stringify(compared)), JSON.parse(JSON.stringify(before)))) {
    errors.push(forbidden('spec', SPEC_FORBIDDEN));
  }
  const [size, sizeBefore] = [now, before].map((spec) => parseQuantity(spec.resources?.requests?.['storage'] ?? '0'));
  if ((size?.nanos ?? 0n) < (sizeBefore?.nanos ?? 0n)) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return errors;
}

export const persistentVolumeClaimColumns = [
  NAME,
  narrow('Status', 'Whether it has its volume'),
  narrow('Volume', 'The volume it is bound to'),
  narrow('Capacity', 'Size of that volume'),
  narrow('Access Modes', 'How that volume can be mounted'),
  narrow('StorageClass', 'The class it wants'),
  narrow('VolumeAttributesClass', 'The attributes class of its volume'),
  AGE,
  wide('VolumeMode', 'File system or raw device'),
] as const;

export const persistentVolumeClaimRules = rulesOf<PersistentVolumeClaim>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults: defaultPersistentVolumeClaim,
  initialStatus: () => ({ phase: 'Pending' }),
  validate,
  validateUpdate,
  cells: ({ metadata, spec, status }, nowMs) => {
    const isBound = (spec?.volumeName ?? '') !== '';
    const phase = metadata?.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating';
    return [
      metadata?.name ?? '',
      phase,
      spec?.volumeName ?? '',
      isBound ? (status?.capacity?.['storage'] ?? '0') : '',
      isBound ? accessModesText(status?.accessModes ?? []) : '',
      spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      age(metadata, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
