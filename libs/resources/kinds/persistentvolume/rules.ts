import type { PersistentVolume } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { canonicalQuantities } from '../quantities.ts';
import { rulesOf } from '../strategy.ts';
import { accessModesText } from './access-modes.ts';
import { validatePersistentVolume, validatePersistentVolumeUpdate } from './validate.ts';
import { volumeWarnings } from './warnings.ts';

function defaults(volume: Draft<PersistentVolume>): void {
  const spec = (volume.spec ??= {});
  if ((spec.persistentVolumeReclaimPolicy ?? '') === '') spec.persistentVolumeReclaimPolicy = 'Retain';
  spec.volumeMode ??= 'Filesystem';
  canonicalQuantities(spec.capacity);
  if (spec.hostPath !== undefined) spec.hostPath.type ??= '';
  volume.status ??= {};
  if ((volume.status.phase ?? '') === '') volume.status.phase = 'Pending';
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
  validate: validatePersistentVolume,
  validateUpdate: validatePersistentVolumeUpdate,
  warnings: volumeWarnings,
  cells: ({ metadata, spec, status }) => {
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
      age(metadata),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
