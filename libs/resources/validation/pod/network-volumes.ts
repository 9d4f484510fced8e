import type { FieldError } from '../../field-error.ts';
import type {
  AzureDiskVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  ISCSIVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { validateOptionalChoice } from '../choice.ts';
import { validateDriverName } from '../csi-driver-name.ts';
import { child, invalid, invalids, notSupported, type Path, required } from '../field.ts';
import { goStrings } from '../go-syntax.ts';
import { needed } from './files.ts';

const LUN_MAXIMUM = 255;

function validateLun(lun: number, path: Path): readonly FieldError[] {
  return lun >= 0 && lun <= LUN_MAXIMUM ? [] : [invalid(child(path, 'lun'), lun, rangeFault(0, LUN_MAXIMUM))];
}

const ISCSI_NAMES: readonly (readonly [string, RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
];

/** The name of a target or of one that opens it. */
function validateIscsiName(name: string, path: Path): readonly FieldError[] {
  const form = ISCSI_NAMES.find(([prefix]) => name.startsWith(prefix));
  if (form === undefined) return [invalid(path, name, 'must be valid format starting with iqn, eui, or naa')];
  return form[1].test(name) ? [] : [invalid(path, name, 'must be valid format')];
}

export function validateIscsi(source: Given<ISCSIVolumeSource>, path: Path): readonly FieldError[] {
  const errors = needed(source, path, 'targetPortal');
  const { iqn = '', initiatorName, lun = 0 } = source;
  if (iqn === '') errors.push(required(child(path, 'iqn')));
  else errors.push(...validateIscsiName(iqn, child(path, 'iqn')));
  errors.push(...validateLun(lun, path));
  if ((source.chapAuthDiscovery === true || source.chapAuthSession === true) && source.secretRef === undefined) {
    errors.push(required(child(path, 'secretRef')));
  }
  if (initiatorName !== undefined) errors.push(...validateIscsiName(initiatorName, child(path, 'initiatorname')));
  return errors;
}

export function validateFc(source: Given<FCVolumeSource>, path: Path): readonly FieldError[] {
  const { targetWWNs = [], wwids = [], lun } = source;
  const errors: FieldError[] = [];
  const names = child(path, 'targetWWNs');
  if (targetWWNs.length === 0 && wwids.length === 0) {
    errors.push(required(names, 'must specify either targetWWNs or wwids, but not both'));
  }
  if (targetWWNs.length > 0 && wwids.length > 0) {
    errors.push(invalid(names, goStrings(targetWWNs), 'targetWWNs and wwids can not be specified simultaneously'));
  }
  if (targetWWNs.length === 0) return errors;
  if (lun === undefined) errors.push(required(child(path, 'lun'), 'lun is required if targetWWNs is specified'));
  else errors.push(...validateLun(lun, path));
  return errors;
}

export function validateAzureDisk(source: Given<AzureDiskVolumeSource>, path: Path): readonly FieldError[] {
  const { cachingMode, kind, diskURI = '' } = source;
  const here = child(path, 'diskURI');
  const errors = [
    ...needed(source, path, 'diskName', 'diskURI'),
    ...validateOptionalChoice(cachingMode, ['None', 'ReadOnly', 'ReadWrite'], child(path, 'cachingMode')),
    ...validateOptionalChoice(kind, ['Dedicated', 'Managed', 'Shared'], child(path, 'kind')),
  ];
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' && !diskURI.startsWith('/subscriptions/')) errors.push(notSupported(here, diskURI, [managed]));
  if (kind !== undefined && kind !== 'Managed' && !diskURI.startsWith('https://')) {
    errors.push(notSupported(here, diskURI, [blob]));
  }
  return errors;
}

export function validateFlocker(source: Given<FlockerVolumeSource>, path: Path): readonly FieldError[] {
  const { datasetName = '', datasetUUID = '' } = source;
  const errors: FieldError[] = [];
  if (datasetName === '' && datasetUUID === '') {
    errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  }
  if (datasetName !== '' && datasetUUID !== '') {
    errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  }
  if (datasetName.includes('/')) errors.push(invalid(child(path, 'datasetName'), datasetName, "must not contain '/'"));
  return errors;
}

const HOST_PORTS = 'must be a host:port pair or multiple pairs separated by commas';
const TENANT_CHARACTERS = 64;

export function validateQuobyte(source: Given<QuobyteVolumeSource>, path: Path): readonly FieldError[] {
  const { registry = '', tenant = '' } = source;
  const errors: FieldError[] = [];
  if (registry === '') errors.push(required(child(path, 'registry'), HOST_PORTS));
  else if (tenant.length > TENANT_CHARACTERS) {
    const detail = `must be a UUID and may not exceed a length of ${TENANT_CHARACTERS} characters`;
    errors.push(required(child(path, 'tenant'), detail));
  } else {
    const broken = registry.split(',').filter((pair) => !isHostPort(pair));
    errors.push(...broken.map(() => invalid(child(path, 'registry'), registry, HOST_PORTS)));
  }
  return [...errors, ...needed(source, path, 'volume')];
}

/** `host:port`; the host of more than one colon stands in brackets, and each part may be empty. */
function isHostPort(pair: string): boolean {
  return /^(?:\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair);
}

export function validateStorageOs(source: Given<StorageOSVolumeSource>, path: Path): readonly FieldError[] {
  const { volumeName = '', volumeNamespace = '', secretRef } = source;
  const errors = needed(source, path, 'volumeName');
  if (volumeName !== '') errors.push(...invalids(child(path, 'volumeName'), volumeName, dns1123Label(volumeName)));
  if (volumeNamespace !== '') {
    errors.push(...invalids(child(path, 'volumeNamespace'), volumeNamespace, dns1123Label(volumeNamespace)));
  }
  if (secretRef !== undefined) errors.push(...needed(secretRef, child(path, 'secretRef'), 'name'));
  return errors;
}

/** A volume a storage driver makes for one pod. */
export function validateCsi(source: Given<CSIVolumeSource>, path: Path): readonly FieldError[] {
  const errors = [...validateDriverName(source.driver ?? '', child(path, 'driver'))];
  if (source.nodePublishSecretRef === undefined) return errors;
  const { name = '' } = source.nodePublishSecretRef;
  if (name === '') errors.push(required(child(path, 'nodePublishSecretRef', 'name')));
  else errors.push(...invalids(child(path, 'name'), name, dns1123Subdomain(name)));
  return errors;
}
