import type { FieldError } from '../../field-error.ts';
import type {
  EmptyDirVolumeSource,
  EphemeralVolumeSource,
  HostPathVolumeSource,
  Volume,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateClaimSpec } from '../../kinds/persistentvolumeclaim/validate.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { validateChoice, validateOptionalChoice } from '../choice.ts';
import { child, forbidden, invalid, key, type Path, required } from '../field.ts';
import { validateLabels } from '../labels.ts';
import { validateAnnotations } from '../metadata.ts';
import { isMissing, needed, validateItems, validateMode } from './files.ts';
import {
  validateAzureDisk,
  validateCsi,
  validateFc,
  validateFlocker,
  validateIscsi,
  validateQuobyte,
  validateStorageOs,
} from './network-volumes.ts';
import { validateDownwardFiles, validateProjected } from './projected.ts';
import { validateLocalPath, validateNoBacksteps } from './paths.ts';

/** The fields of a Volume that are sources. */
export type SourceName = Exclude<keyof Volume, 'name'>;
type Rule<Name extends SourceName> = (source: NonNullable<Given<Volume>[Name]>, path: Path) => readonly FieldError[];

const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];
const HOST_PATH_TYPES: readonly string[] = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** Which partition of a disk: 0 is the whole disk, though the fault names 1 as the lowest. */
function validatePartition(partition: number | undefined, path: Path): readonly FieldError[] {
  if (partition === undefined || (partition >= 0 && partition <= 255)) return [];
  return [invalid(child(path, 'partition'), partition, rangeFault(1, 255))];
}

function validateEmptyDir(source: Given<EmptyDirVolumeSource>, path: Path): readonly FieldError[] {
  const limit = source.sizeLimit === undefined ? undefined : parseQuantity(source.sizeLimit);
  if (limit === undefined || limit.nanos >= 0n) return [];
  return [forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity')];
}

function validateHostPath(source: Given<HostPathVolumeSource>, path: Path): readonly FieldError[] {
  if (isMissing(source.path)) return [required(child(path, 'path'))];
  return [
    ...validateNoBacksteps(source.path ?? '', child(path, 'path')),
    ...validateOptionalChoice(source.type, HOST_PATH_TYPES, child(path, 'type')),
  ];
}

/** A claim that is made for the pod: of its metadata only labels and annotations are its own. */
function validateEphemeral(source: Given<EphemeralVolumeSource>, path: Path): readonly FieldError[] {
  const here = child(path, 'volumeClaimTemplate');
  const template = source.volumeClaimTemplate;
  if (template === undefined) return [required(here)];
  const { labels, annotations, ...others } = template.metadata ?? {};
  const metadata = child(here, 'metadata');
  const set = Object.entries(others).filter(([, value]) => value !== undefined && value !== null);
  return [
    ...validateAnnotations(annotations, child(metadata, 'annotations')),
    ...validateLabels(labels, child(metadata, 'labels')),
    ...set.map(([name]) => forbidden(child(metadata, name), 'cannot be set')),
    ...validateClaimSpec(template.spec ?? {}, child(here, 'spec')),
  ];
}

/** The rule of each source, in the order in which the first one present counts. */
export const sourceRules: { readonly [Name in SourceName]: Rule<Name> } = {
  emptyDir: validateEmptyDir,
  hostPath: validateHostPath,
  gitRepo: (source, path) => [
    ...needed(source, path, 'repository'),
    ...validateLocalPath(source.directory ?? '', child(path, 'directory')),
  ],
  gcePersistentDisk: (source, path) => [
    ...needed(source, path, 'pdName'),
    ...validatePartition(source.partition, path),
  ],
  awsElasticBlockStore: (source, path) => [
    ...needed(source, path, 'volumeID'),
    ...validatePartition(source.partition, path),
  ],
  secret: (source, path) => [
    ...needed(source, path, 'secretName'),
    ...validateMode(source.defaultMode, child(path, 'defaultMode')),
    ...validateItems(source.items, child(path, 'items')),
  ],
  nfs: (source, path) => [
    ...needed(source, path, 'server', 'path'),
    ...(source.path?.startsWith('/') === true
      ? []
      : [invalid(child(path, 'path'), source.path ?? '', 'must be an absolute path')]),
  ],
  iscsi: validateIscsi,
  glusterfs: (source, path) => needed(source, path, 'endpoints', 'path'),
  flocker: validateFlocker,
  persistentVolumeClaim: (source, path) => needed(source, path, 'claimName'),
  rbd: (source, path) => needed(source, path, 'monitors', 'image'),
  cinder: (source, path) => [
    ...needed(source, path, 'volumeID'),
    ...(source.secretRef === undefined ? [] : needed(source.secretRef, child(path, 'secretRef'), 'name')),
  ],
  cephfs: (source, path) => needed(source, path, 'monitors'),
  quobyte: validateQuobyte,
  downwardAPI: (source, path) => [
    ...validateMode(source.defaultMode, child(path, 'defaultMode')),
    ...validateDownwardFiles(source.items ?? [], path),
  ],
  fc: validateFc,
  flexVolume: (source, path) => [
    ...needed(source, path, 'driver'),
    ...Object.keys(source.options ?? {})
      .filter((option) => /\.(kubernetes|k8s)\.io$/.test(`.${(option.split('/')[0] ?? '').toLowerCase()}`))
      .map((option) =>
        invalid(key(child(path, 'options'), option), option, 'kubernetes.io and k8s.io namespaces are reserved'),
      ),
  ],
  configMap: (source, path) => [
    ...needed(source, path, 'name'),
    ...validateMode(source.defaultMode, child(path, 'defaultMode')),
    ...validateItems(source.items, child(path, 'items')),
  ],
  azureFile: (source, path) => needed(source, path, 'secretName', 'shareName'),
  vsphereVolume: (source, path) => needed(source, path, 'volumePath'),
  photonPersistentDisk: (source, path) => needed(source, path, 'pdID'),
  portworxVolume: (source, path) => needed(source, path, 'volumeID'),
  azureDisk: validateAzureDisk,
  storageos: validateStorageOs,
  projected: validateProjected,
  scaleIO: (source, path) => needed(source, path, 'gateway', 'system', 'volumeName'),
  csi: validateCsi,
  ephemeral: validateEphemeral,
  image: (source, path) => [
    ...needed(source, path, 'reference'),
    ...validateChoice(source.pullPolicy ?? '', PULL_POLICIES, child(path, 'pullPolicy')),
  ],
};

/** Where the faults of a source stand: for one of them at a name it has nowhere else. */
export function sourcePath(source: string): string {
  return source === 'gcePersistentDisk' ? 'persistentDisk' : source;
}
