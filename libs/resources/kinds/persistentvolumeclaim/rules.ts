import type { PersistentVolumeClaim } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import { accessModesText } from '../persistentvolume/access-modes.ts';
import { alignContentSources } from './content-sources.ts';
import { defaultPersistentVolumeClaim } from './defaults.ts';
import { claimWarnings } from './warnings.ts';
import { validateClaimSpec, validateClaimUpdate } from './validate.ts';
import { validateClaimStatus } from './validate-status.ts';

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
  prepareForCreate(claim) {
    if (claim.spec !== undefined) alignContentSources(claim.spec, undefined);
  },
  prepareForUpdate(next, previous) {
    if (next.spec !== undefined) alignContentSources(next.spec, previous.spec);
  },
  validate: ({ spec }) => validateClaimSpec(spec ?? {}, 'spec'),
  validateUpdate: validateClaimUpdate,
  validateStatus: validateClaimStatus,
  warnings: claimWarnings,
  cells: ({ metadata, spec, status }) => {
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
      age(metadata),
      spec?.volumeMode ?? '<unset>',
    ];
  },
});
