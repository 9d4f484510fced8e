import type { FieldError } from '../../field-error.ts';
import type {
  AzureDiskVolumeSource,
  EmptyDirVolumeSource,
  FCVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  Volume,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateClaimSpec } from '../../kinds/persistentvolumeclaim/validate.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { child, forbidden, invalid, key, notSupported, type Path, required } from '../field.ts';
import { goStrings } from '../go-syntax.ts';
import { isMissing, needed, validateItems, validateMode } from './files.ts';
import { validateDownwardFiles, validateProjected } from './projected.ts';
import { validateLocalPath, validateNoBacksteps } from './paths.ts';

/** The fields of a Volume that are sources. */
export type SourceName = Exclude<keyof Volume, 'name'>;
type Rule<Name extends SourceName> = (source: NonNullable<Given<Volume>[Name]>, path: Path) => readonly FieldError[];

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

function inRange(value: number | undefined, low: number, high: number, path: Path): readonly FieldError[] {
  return value === undefined || (value >= low && value <= high) ? [] : [invalid(path, value, rangeFault(low, high))];
}

function validateEmptyDir(source: Given<EmptyDirVolumeSource>, path: Path): readonly FieldError[] {
  const limit = source.sizeLimit === undefined ? undefined : parseQuantity(source.sizeLimit);
  if (limit === undefined || limit.nanos >= 0n) return [];
  return [forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity')];
}

function validateHostPath(source: Given<HostPathVolumeSource>, path: Path): readonly FieldError[] {
  if (isMissing(source.path)) return [required(child(path, 'path'))];
  const errors = [...validateNoBacksteps(source.path ?? '', child(path, 'path'))];
  if (source.type !== undefined && !HOST_PATH_TYPES.includes(source.type)) {
    errors.push(notSupported(child(path, 'type'), source.type, HOST_PATH_TYPES));
  }
  return errors;
}

const ISCSI_NAMES: readonly (readonly [string, RegExp])[] = [
  ['iqn', /^iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui\.[A-Za-z0-9]{16}$/],
  ['naa', /^naa\.[A-Za-z0-9]{32}$/],
];

function validateIscsi(source: Given<ISCSIVolumeSource>, path: Path): readonly FieldError[] {
  const errors = needed(source, path, 'targetPortal');
  const { iqn = '', initiatorName } = source;
  const form = (value: string): boolean =>
    ISCSI_NAMES.some(([prefix, expression]) => value.startsWith(prefix) && expression.test(value));
  if (iqn === '') errors.push(required(child(path, 'iqn')));
  else if (!form(iqn)) {
    const known = ISCSI_NAMES.some(([prefix]) => iqn.startsWith(prefix));
    errors.push(
      invalid(
        child(path, 'iqn'),
        iqn,
        known ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa',
      ),
    );
  }
  errors.push(...inRange(source.lun, 0, 255, child(path, 'lun')));
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && source.secretRef === undefined) {
    errors.push(required(child(path, 'secretRef')));
  }
  if (initiatorName !== undefined && !form(initiatorName)) {
    errors.push(invalid(child(path, 'initiatorname'), initiatorName, 'must be valid format'));
  }
  return errors;
}

function validateFc(source: Given<FCVolumeSource>, path: Path): readonly FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source;
  const errors: FieldError[] = [];
  const names = child(path, 'targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(names, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(invalid(names, goStrings(targetWWNs), 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length > 0) {
    if (lun === undefined) errors.push(required(child(path, 'lun'), 'lun is required if targetWWNs is specified'));
    else errors.push(...inRange(lun, 0, 255, child(path, 'lun')));
  }
  return errors;
}

function validateAzureDisk(source: Given<AzureDiskVolumeSource>, path: Path): readonly FieldError[] {
  const errors = needed(source, path, 'diskName', 'diskURI');
  const { cachingMode, kind, diskURI = '' } = source;
  const modes = ['None', 'ReadOnly', 'ReadWrite'];
  const kinds = ['Dedicated', 'Managed', 'Shared'];
  if (cachingMode !== undefined && !modes.includes(cachingMode)) {
    errors.push(notSupported(child(path, 'cachingMode'), cachingMode, modes));
  }
  if (kind !== undefined && !kinds.includes(kind)) errors.push(notSupported(child(path, 'kind'), kind, kinds));
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) {
    errors.push(notSupported(child(path, 'diskURI'), diskURI, [managed]));
  }
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(notSupported(child(path, 'diskURI'), diskURI, [blob]));
  }
  return errors;
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
    ...inRange(source.partition, 0, 255, child(path, 'partition')),
  ],
  awsElasticBlockStore: (source, path) => [
    ...needed(source, path, 'volumeID'),
    ...inRange(source.partition, 0, 255, child(path, 'partition')),
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
  flocker: (source, path) => {
    const { datasetName = '', datasetUUID = '' } = source;
    if (datasetName === '' && datasetUUID === '')
      return [required(path, 'one of datasetName and datasetUUID is required')];
    const errors: FieldError[] = [];
    if (datasetName !== '' && datasetUUID !== '') {
      errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
    }
    if (datasetName.includes('/'))
      errors.push(invalid(child(path, 'datasetName'), datasetName, "must not contain '/'"));
    return errors;
  },
  persistentVolumeClaim: (source, path) => needed(source, path, 'claimName'),
  rbd: (source, path) => needed(source, path, 'monitors', 'image'),
  cinder: (source, path) => [
    ...needed(source, path, 'volumeID'),
    ...(source.secretRef === undefined ? [] : needed(source.secretRef, child(path, 'secretRef'), 'name')),
  ],
  cephfs: (source, path) => needed(source, path, 'monitors'),
  quobyte: (source, path) => needed(source, path, 'registry', 'volume'),
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
  storageos: (source, path) => needed(source, path, 'volumeName'),
  projected: validateProjected,
  scaleIO: (source, path) => needed(source, path, 'gateway', 'system', 'volumeName'),
  csi: (source, path) => [
    ...needed(source, path, 'driver'),
    ...(source.nodePublishSecretRef === undefined
      ? []
      : needed(source.nodePublishSecretRef, child(path, 'nodePublishSecretRef'), 'name')),
  ],
  ephemeral: (source, path) => {
    const template = source.volumeClaimTemplate;
    if (template === undefined) return [required(child(path, 'volumeClaimTemplate'))];
    return validateClaimSpec(template.spec ?? {}, child(path, 'volumeClaimTemplate', 'spec'));
  },
  image: (source, path) => {
    const policies = ['Always', 'IfNotPresent', 'Never'];
    const policy = source.pullPolicy ?? '';
    const errors = needed(source, path, 'reference');
    if (policy === '') errors.push(required(child(path, 'pullPolicy')));
    else if (!policies.includes(policy)) errors.push(notSupported(child(path, 'pullPolicy'), policy, policies));
    return errors;
  },
};
