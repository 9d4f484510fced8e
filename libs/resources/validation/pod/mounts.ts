import type { FieldError } from '../../field-error.ts';
import type { Container, VolumeDevice, VolumeMount } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, index, invalid, notFound, notSupported, type Path, required } from '../field.ts';
import { validateDescendingPath, validateNoBacksteps } from './paths.ts';
import type { KnownVolumes } from './volumes.ts';

const PROPAGATIONS: readonly string[] = ['Bidirectional', 'HostToContainer', 'None'];
const RECURSIVE: readonly string[] = ['Disabled', 'Enabled', 'IfPossible'];

/** What a container mounts and which block devices it opens, each of a volume of its pod. */
export function validateMounts(container: Given<Container>, volumes: KnownVolumes, path: Path): readonly FieldError[] {
  const { volumeMounts = [], volumeDevices = [] } = container;
  return [
    ...volumeMountErrors(volumeMounts, volumeDevices, container, volumes, child(path, 'volumeMounts')),
    ...volumeDeviceErrors(volumeDevices, volumeMounts, volumes, child(path, 'volumeDevices')),
  ];
}

function volumeMountErrors(
  mounts: readonly Given<VolumeMount>[],
  devices: readonly Given<VolumeDevice>[],
  container: Given<Container>,
  volumes: KnownVolumes,
  path: Path,
): readonly FieldError[] {
  const places = new Set<string>();
  return mounts.flatMap((mount, at) => {
    const here = index(path, at);
    const { name = '', mountPath = '' } = mount;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(here, 'name')));
    if (!volumes.has(name)) errors.push(notFound(child(here, 'name'), name));
    if (mountPath === '') errors.push(required(child(here, 'mountPath')));
    if (places.has(mountPath)) errors.push(invalid(child(here, 'mountPath'), mountPath, 'must be unique'));
    places.add(mountPath);
    if (devices.some((device) => device.name === name)) {
      errors.push(invalid(child(here, 'name'), name, 'must not already exist in volumeDevices'));
    }
    if (devices.some((device) => device.devicePath === mountPath)) {
      errors.push(invalid(child(here, 'mountPath'), mountPath, 'must not already exist as a path in volumeDevices'));
    }
    errors.push(...subPathErrors(mount, path, here), ...propagationErrors(mount, container, path));
    return errors;
  });
}

/** Faults of sub-paths stand at the list's path, as Kubernetes reports them. */
function subPathErrors(mount: Given<VolumeMount>, list: Path, here: Path): readonly FieldError[] {
  const { subPath = '', subPathExpr = '' } = mount;
  const errors: FieldError[] = [];
  if (subPath !== '') errors.push(...validateDescendingPath(subPath, child(list, 'subPath')));
  if (subPathExpr === '') return errors;
  if (subPath !== '') {
    errors.push(invalid(child(here, 'subPathExpr'), subPathExpr, 'subPathExpr and subPath are mutually exclusive'));
  }
  errors.push(...validateDescendingPath(subPathExpr, child(list, 'subPathExpr')));
  return errors;
}

function propagationErrors(mount: Given<VolumeMount>, container: Given<Container>, path: Path): readonly FieldError[] {
  const { mountPropagation, recursiveReadOnly } = mount;
  const errors: FieldError[] = [];
  const propagation = child(path, 'mountPropagation');
  if (mountPropagation !== undefined && !PROPAGATIONS.includes(mountPropagation)) {
    errors.push(notSupported(propagation, mountPropagation, PROPAGATIONS));
  }
  if (mountPropagation === 'Bidirectional' && container.securityContext?.privileged !== true) {
    errors.push(forbidden(propagation, 'Bidirectional mount propagation is available only to privileged containers'));
  }
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return errors;
  const recursive = child(path, 'recursiveReadOnly');
  if (!RECURSIVE.includes(recursiveReadOnly)) return [...errors, notSupported(recursive, recursiveReadOnly, RECURSIVE)];
  if (mount.readOnly !== true) errors.push(forbidden(recursive, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None') {
    errors.push(forbidden(recursive, 'may only be specified when mountPropagation is None or not specified'));
  }
  return errors;
}

function volumeDeviceErrors(
  devices: readonly Given<VolumeDevice>[],
  mounts: readonly Given<VolumeMount>[],
  volumes: KnownVolumes,
  path: Path,
): readonly FieldError[] {
  const names = new Set<string>();
  const places = new Set<string>();
  return devices.flatMap((device, at) => {
    const here = index(path, at);
    const { name = '', devicePath = '' } = device;
    const volume = volumes.get(name);
    const errors: FieldError[] = [];
    const nameFault = (detail: string): void => void errors.push(invalid(child(here, 'name'), name, detail));
    const pathFault = (detail: string): void =>
      void errors.push(invalid(child(here, 'devicePath'), devicePath, detail));
    if (name === '') errors.push(required(child(here, 'name')));
    if (names.has(name)) nameFault('must be unique');
    if (volume === undefined) errors.push(notFound(child(here, 'name'), name));
    else if (volume.persistentVolumeClaim === undefined && volume.ephemeral === undefined) {
      nameFault('can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode');
    }
    if (devicePath === '') errors.push(required(child(here, 'devicePath')));
    if (places.has(devicePath)) pathFault('must be unique');
    if (validateNoBacksteps(devicePath, '').length > 0) pathFault("can not contain backsteps ('..')");
    else places.add(devicePath);
    if (mounts.some((mount) => mount.name === name)) nameFault('must not already exist in volumeMounts');
    if (mounts.some((mount) => mount.mountPath === devicePath)) {
      pathFault('must not already exist as a path in volumeMounts');
    }
    if (name !== '') names.add(name);
    return errors;
  });
}
