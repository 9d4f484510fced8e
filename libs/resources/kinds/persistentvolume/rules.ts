import type { FieldError } from '../../field-error.ts';
import type { PersistentVolume } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { forbidden, invalid, notSupported, required } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { canonicalQuantities } from '../quantities.ts';
import { equal, rulesOf } from '../strategy.ts';
import { accessModesText, validateAccessModes } from './access-modes.ts';

const RECLAIM_POLICIES: readonly string[] = ['Delete', 'Recycle', 'Retain'];
/** Everything of a spec that says where the volume is; all other fields say how it is used. */
const USAGE: readonly string[] = [
  'accessModes',
  'capacity',
  'claimRef',
  'mountOptions',
  'nodeAffinity',
  'persistentVolumeReclaimPolicy',
  'storageClassName',
  'volumeAttributesClassName',
  'volumeMode',
];

function defaults(volume: Draft<PersistentVolume>): void {
  const spec = (volume.spec ??= {});
  if ((spec.persistentVolumeReclaimPolicy ?? '') === '') spec.persistentVolumeReclaimPolicy = 'Retain';
  spec.volumeMode ??= 'Filesystem';
  canonicalQuantities(spec.capacity);
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
  volume.status ??= {};
  if ((volume.status.phase ?? '') === '') volume.status.phase = 'Pending';
}

function sourcesOf(volume: Given<PersistentVolume>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(volume.spec ?? {}).filter(([name]) => !USAGE.includes(name)));
}

function validate(volume: Given<PersistentVolume>): readonly FieldError[] {
  const { spec = {} } = volume;
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) errors.push(required('spec.accessModes'));
  errors.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  const storage = spec.capacity?.['storage'];
  if (Object.keys(spec.capacity ?? {}).length === 0) errors.push(required('spec.capacity'));
  if (storage === undefined || Object.keys(spec.capacity ?? {}).length > 1) {
    errors.push(notSupported('spec.capacity', Object.keys(spec.capacity ?? {}).join(','), ['storage']));
  } else if ((parseQuantity(storage)?.nanos ?? 0n) <= 0n) {
    errors.push(invalid('spec.capacity[storage]', storage, 'must be greater than zero'));
  }
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (!RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES));
  }
  const [, ...more] = Object.keys(sourcesOf(volume));
  errors.push(...more.map((source) => forbidden(`spec.${source}`, 'may not specify more than 1 volume type')));
  if (Object.keys(sourcesOf(volume)).length === 0) errors.push(required('spec', 'must specify a volume type'));
  return errors;
}

function validateUpdate(next: Given<PersistentVolume>, previous: Given<PersistentVolume>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (!equal(sourcesOf(next) as JsonValue, sourcesOf(previous) as JsonValue)) {
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  if (next.spec?.volumeMode !== previous.spec?.volumeMode) {
    errors.push(invalid('spec.volumeMode', next.spec?.volumeMode, 'field is immutable'));
  }
  return errors;
}

export const persistentVolumeColumns = [
  NAME,
  narrow('Capacity', 'Its size'),
  narrow('Access Modes', 'How it can be mounted'),
  narrow('Reclaim Policy', 'What becomes of it when it is given back'),
  narrow('Status', 'Whether a claim has it'),
  narrow('Claim', 'The claim that has it'),
  narrow('StorageClass', 'Its class'),
  narrow('VolumeAttributesClass', 'Its attributes class'),
  narrow('Reason', 'Why it is in its state'),
  AGE,
  wide('VolumeMode', 'File system or raw device'),
] as const;

export const persistentVolumeRules = rulesOf<PersistentVolume>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({ phase: 'Pending' }),
  validate,
  validateUpdate,
  cells: ({ metadata, spec, status }, nowMs) => {
    const claim = spec?.claimRef;
    return [
      metadata?.name ?? '',
      spec?.capacity?.['storage'] ?? '0',
      accessModesText(spec?.accessModes ?? []),
      spec?.persistentVolumeReclaimPolicy ?? '',
      metadata?.deletionTimestamp === undefined ? (status?.phase ?? '') : 'Terminating',
      claim === undefined ? '' : `${claim.namespace ?? ''}/${claim.name ?? ''}`,
      spec?.storageClassName ?? '',
      spec?.volumeAttributesClassName ?? '<unset>',
      status?.reason ?? '',
      age(metadata, nowMs),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
