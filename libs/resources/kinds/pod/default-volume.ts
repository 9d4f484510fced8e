import type { DownwardAPIVolumeFile, ProjectedVolumeSource, Volume } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { canonicalQuantity } from '../../syntax/quantity.ts';
import { canonicalQuantities } from '../quantities.ts';
import { defaultPullPolicy } from './image.ts';

/** rw-r--r--, as the decimal number JSON can hold. */
const FILE_MODE = 0o644;
const TOKEN_SECONDS = 3600;

/** A volume that names no source is an empty directory. */
export function defaultVolume(volume: Draft<Volume>): void {
  if (Object.keys(volume).every((field) => field === 'name')) volume.emptyDir = {};
  if (volume.emptyDir?.sizeLimit !== undefined) {
    volume.emptyDir.sizeLimit = canonicalQuantity(volume.emptyDir.sizeLimit) ?? volume.emptyDir.sizeLimit;
  }
  if (volume.hostPath !== undefined) volume.hostPath.type ??= '';
  if (volume.secret !== undefined) volume.secret.defaultMode ??= FILE_MODE;
  if (volume.configMap !== undefined) volume.configMap.defaultMode ??= FILE_MODE;
  if (volume.downwardAPI !== undefined) {
    volume.downwardAPI.defaultMode ??= FILE_MODE;
    defaultDownwardFiles(volume.downwardAPI.items);
  }
  if (volume.projected !== undefined) defaultProjected(volume.projected);
  if (volume.image !== undefined && (volume.image.pullPolicy ?? '') === '') {
    volume.image.pullPolicy = defaultPullPolicy(volume.image.reference ?? '');
  }
  if (volume.ephemeral?.volumeClaimTemplate !== undefined) {
    const spec = (volume.ephemeral.volumeClaimTemplate.spec ??= {});
    spec.volumeMode ??= 'Filesystem';
    canonicalQuantities(spec.resources?.requests);
    canonicalQuantities(spec.resources?.limits);
  }
  defaultStorage(volume);
}

function defaultDownwardFiles(items: Draft<DownwardAPIVolumeFile>[] | undefined): void {
  for (const { fieldRef, resourceFieldRef } of items ?? []) {
    if (fieldRef !== undefined && (fieldRef.apiVersion ?? '') === '') fieldRef.apiVersion = 'v1';
    if (resourceFieldRef !== undefined) resourceFieldRef.divisor ??= '0';
  }
}

function defaultProjected(source: Draft<ProjectedVolumeSource>): void {
  source.defaultMode ??= FILE_MODE;
  for (const projection of source.sources ?? []) {
    if (projection.serviceAccountToken !== undefined)
      projection.serviceAccountToken.expirationSeconds ??= TOKEN_SECONDS;
    defaultDownwardFiles(projection.downwardAPI?.items);
  }
}

function defaultStorage(volume: Draft<Volume>): void {
  if (volume.iscsi !== undefined) volume.iscsi.iscsiInterface ??= 'default';
  if (volume.rbd !== undefined) {
    volume.rbd.pool ??= 'rbd';
    volume.rbd.user ??= 'admin';
    volume.rbd.keyring ??= '/etc/ceph/keyring';
  }
  if (volume.azureDisk !== undefined) {
    volume.azureDisk.cachingMode ??= 'ReadWrite';
    volume.azureDisk.kind ??= 'Shared';
    volume.azureDisk.fsType ??= 'ext4';
    volume.azureDisk.readOnly ??= false;
  }
  if (volume.scaleIO !== undefined) {
    volume.scaleIO.storageMode ??= 'ThinProvisioned';
    volume.scaleIO.fsType ??= 'xfs';
  }
}
