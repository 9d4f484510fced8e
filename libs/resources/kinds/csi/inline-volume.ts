import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, forbidden, type Path, required } from '../../validation/field.ts';
import { validateAccessModes } from '../persistentvolume/access-modes.ts';
import { sourcesOf } from '../persistentvolume/sources.ts';

const NOT_INLINE = 'may not be specified in the context of inline volumes';
const ONE_SOURCE = 'may not specify more than 1 volume type';

/** A volume that is no object of its own: where it is, and nothing of how it may be claimed. */
export function validateInlineVolume(spec: Given<PersistentVolumeSpec>, path: Path): readonly FieldError[] {
  const { accessModes = [], capacity = {}, csi, persistentVolumeReclaimPolicy: policy = '' } = spec;
  const errors: FieldError[] = [];
  if (spec.claimRef !== undefined) errors.push(forbidden(child(path, 'claimRef'), NOT_INLINE));
  if (Object.keys(capacity).length > 0) errors.push(forbidden(child(path, 'capacity'), NOT_INLINE));
  const csiPath = child(path, 'csi');
  if (csi === undefined) errors.push(required(csiPath, 'has to be specified in the context of inline volumes'));
  const modesPath = child(path, 'accessModes');
  if (accessModes.length === 0) errors.push(required(modesPath));
  errors.push(...validateAccessModes(accessModes, modesPath));
  if (policy !== '' && policy !== 'Retain') {
    const detail = 'may only be Retain in the context of inline volumes';
    errors.push(forbidden(child(path, 'persistentVolumeReclaimPolicy'), detail));
  }
  if (spec.nodeAffinity !== undefined) errors.push(forbidden(child(path, 'nodeAffinity'), NOT_INLINE));
  const sources = Object.keys(sourcesOf(spec));
  if (sources.length === 0) errors.push(required(path, 'must specify a volume type'));
  // Of all sources the one of a CSI driver is looked at last.
  if (csi !== undefined && sources.length > 1) errors.push(forbidden(csiPath, ONE_SOURCE));
  else if (csi !== undefined) {
    errors.push(...validateDriverName(csi.driver ?? '', child(csiPath, 'driver')));
    if ((csi.volumeHandle ?? '') === '') errors.push(required(child(csiPath, 'volumeHandle')));
  }
  if ((spec.storageClassName ?? '') !== '') errors.push(forbidden(child(path, 'storageClassName'), NOT_INLINE));
  if (spec.volumeMode !== undefined && spec.volumeMode !== 'Filesystem') {
    const detail = 'may not specify volumeMode other than Filesystem in the context of inline volumes';
    errors.push(forbidden(child(path, 'volumeMode'), detail));
  }
  return errors;
}
