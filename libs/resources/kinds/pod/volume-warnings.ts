import type { Volume, VolumeProjection } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, type Path } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { fractionWarning } from './container-warnings.ts';

/** Sources that do nothing any more, with where it is said and what. */
const DEPRECATED: readonly (readonly [keyof Volume, string, string])[] = [
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['gitRepo', 'gitRepo', 'deprecated in v1.11, and disabled by default in v1.33+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['flocker', 'flocker', 'deprecated in v1.22, non-functional in v1.25+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['quobyte', 'quobyte', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

export function volumeWarnings(volumes: readonly Given<Volume>[], path: Path): readonly string[] {
  const warnings = volumes.flatMap((volume, at) => {
    const here = index(path, at);
    return [
      ...DEPRECATED.filter(([field]) => volume[field] !== undefined).map(
        ([, name, why]) => `${child(here, name)}: ${why}`,
      ),
      ...claimWarnings(volume, here),
    ];
  });
  return [...warnings, ...volumes.flatMap(overlapWarnings)];
}

/** A claim for a fraction of a byte. */
function claimWarnings(volume: Given<Volume>, path: Path): readonly string[] {
  const storage = volume.ephemeral?.volumeClaimTemplate?.spec?.resources?.requests?.['storage'];
  if (storage === undefined) return [];
  const here = child(path, 'ephemeral', 'volumeClaimTemplate', 'spec', 'resources');
  return fractionWarning(storage, `${child(here, 'requests')}[storage]`);
}

/** A file of a volume and what writes it. */
interface WrittenFile {
  readonly path: string;
  readonly source: string;
}

/** Files of one volume of which one is the other, or lies where the other would be a directory. */
function overlapWarnings(volume: Given<Volume>): readonly string[] {
  const { configMap, secret, downwardAPI, projected } = volume;
  const name = quoted(volume.name ?? '');
  const said = (what: string, pairs: readonly string[]): readonly string[] =>
    pairs.map((pair) => `volume ${name} (${what}): overlapping paths: ${pair}`);
  if (configMap !== undefined) {
    return said(`ConfigMap ${quoted(configMap.name ?? '')}`, collisions(filesOf(configMap.items)));
  }
  if (secret !== undefined) return said(`Secret ${quoted(secret.secretName ?? '')}`, collisions(filesOf(secret.items)));
  if (downwardAPI !== undefined) return said('DownwardAPI', collisions(filesOf(downwardAPI.items)));
  const sources = projected?.sources ?? [];
  const isEmpty = (source: Given<VolumeProjection>): boolean =>
    Object.values(source).every((value) => value === undefined);
  return [
    ...sources.filter(isEmpty).map(() => `volume ${name} (Projected) has no sources provided`),
    ...said('Projected', collisions(sources.flatMap(projectedFiles))),
  ];
}

function filesOf(
  items: readonly { readonly path?: string | undefined }[] | undefined,
  source = '',
): readonly WrittenFile[] {
  return (items ?? []).map(({ path = '' }) => ({ path, source }));
}

function projectedFiles(one: Given<VolumeProjection>): readonly WrittenFile[] {
  const { configMap, secret, downwardAPI, serviceAccountToken, clusterTrustBundle, podCertificate } = one;
  if (configMap?.items !== undefined) return filesOf(configMap.items, `ConfigMap ${quoted(configMap.name ?? '')}`);
  if (secret?.items !== undefined) return filesOf(secret.items, `Secret ${quoted(secret.name ?? '')}`);
  if (downwardAPI?.items !== undefined) return filesOf(downwardAPI.items, 'DownwardAPI');
  if (serviceAccountToken !== undefined) return filesOf([serviceAccountToken], 'ServiceAccountToken');
  if (clusterTrustBundle !== undefined) {
    const name = clusterTrustBundle.name ?? clusterTrustBundle.signerName ?? '';
    return filesOf([clusterTrustBundle], `ClusterTrustBundle ${quoted(name)}`);
  }
  if (podCertificate === undefined) return [];
  const { credentialBundlePath, keyPath, certificateChainPath } = podCertificate;
  const files = [credentialBundlePath, keyPath, certificateChainPath].map((path) => ({ path }));
  return filesOf(files, `PodCertificate ${quoted(podCertificate.signerName ?? '')}`);
}

function collisions(files: readonly WrittenFile[]): readonly string[] {
  if (files.length < 2) return [];
  const whole = files.map(({ path, source }) => ({ path: path.replace(/\/+$/, ''), source }));
  return whole.flatMap((file, at) =>
    file.path === ''
      ? []
      : whole
          .slice(0, at)
          .filter((other) => other.path !== '' && (isIn(file, other) || isIn(other, file)))
          .map((other) => `${shown(file)} with ${shown(other)}`),
  );
}

function isIn(inner: WrittenFile, outer: WrittenFile): boolean {
  return `${inner.path}/`.startsWith(`${outer.path}/`);
}

function shown({ path, source }: WrittenFile): string {
  return source === '' ? quoted(path) : `${quoted(path)} (${source})`;
}
