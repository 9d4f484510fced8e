import type { ObjectMeta, PersistentVolume, PersistentVolumeSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { oldNodeLabel } from '../node-labels.ts';

const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** A class that is named by the annotation from before there was a field. */
export function classWarnings(metadata: Given<ObjectMeta> | undefined): readonly string[] {
  if (metadata?.annotations?.[CLASS_ANNOTATION] === undefined) return [];
  return [`metadata.annotations[${CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead`];
}

const GONE: readonly (readonly [keyof PersistentVolumeSpec, string])[] = [
  ['cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];

/** What is accepted of a volume and nobody carries out any more. */
export function volumeWarnings({ metadata, spec = {} }: Given<PersistentVolume>): readonly string[] {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const path = 'spec.nodeAffinity.required.nodeSelectorTerms';
  const recycled =
    'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
  return [
    ...classWarnings(metadata),
    ...(spec.persistentVolumeReclaimPolicy === 'Recycle' ? [recycled] : []),
    ...terms.flatMap(({ matchExpressions = [] }, at) =>
      matchExpressions.flatMap(({ key = '' }, place) =>
        oldNodeLabel(key, `${path}[${at}].matchExpressions[${place}].key`),
      ),
    ),
    ...GONE.filter(([source]) => spec[source] !== undefined)
      .slice(0, 1)
      .map(([source, why]) => `spec.${source}: ${why}`),
  ];
}
