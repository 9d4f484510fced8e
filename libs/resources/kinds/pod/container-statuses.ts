import type { FieldError } from '../../field-error.ts';
import type { Container, ContainerStatus, Pod, ResourceHealth, ResourceStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateOptionalChoice } from '../../validation/choice.ts';
import { child, duplicate, forbidden, index, invalid, type Path, required, tooLong } from '../../validation/field.ts';
import { validateId } from '../../validation/pod/security.ts';

const LISTS = [
  ['containerStatuses', 'containers'],
  ['initContainerStatuses', 'initContainers'],
  ['ephemeralContainerStatuses', undefined],
] as const;

/** What a report says of containers beside their states: users, devices and volumes. */
export function validateContainerStatuses({ spec = {}, status = {} }: Given<Pod>): readonly FieldError[] {
  const users: FieldError[] = [];
  const devices: FieldError[] = [];
  const volumes: FieldError[] = [];
  for (const [field, list] of LISTS) {
    const containers = list === undefined ? undefined : (spec[list] ?? []);
    for (const [at, one] of (status[field] ?? []).entries()) {
      const path = index(child('status', field), at);
      users.push(...validateUser(one, spec.os?.name ?? 'linux', child(path, 'user', 'linux')));
      devices.push(...validateDevices(one, containers, child(path, 'allocatedResourcesStatus')));
      volumes.push(...validateVolumes(one, child(path, 'volumeMounts')));
    }
  }
  return [...users, ...devices, ...volumes];
}

function validateUser({ user }: Given<ContainerStatus>, system: string, path: Path): readonly FieldError[] {
  const linux = user?.linux;
  if (linux === undefined) return [];
  if (system === 'windows') return [forbidden(path, 'cannot be set for a windows pod')];
  return [
    ...validateId(linux.uid, child(path, 'uid')),
    ...validateId(linux.gid, child(path, 'gid')),
    ...(linux.supplementalGroups ?? []).flatMap((id, at) =>
      validateId(id, index(child(path, 'supplementalGroups'), at)),
    ),
  ];
}

function validateDevices(
  status: Given<ContainerStatus>,
  containers: readonly Given<Container>[] | undefined,
  path: Path,
): readonly FieldError[] {
  const devices = status.allocatedResourcesStatus ?? [];
  if (devices.length === 0) return [];
  if (containers === undefined) return [forbidden(path, 'must not be specified in container status')];
  const container = containers.find((one) => one.name === status.name);
  return devices.flatMap((one, at) => [
    ...(container === undefined ? [] : validateDevice(one, container, child(index(path, at), 'name'))),
    ...validateHealth(one.resources ?? [], child(index(path, at), 'resources')),
  ]);
}

/** A status of what the container asks for: a resource, or a request of a claim. */
function validateDevice(
  { name = '' }: Given<ResourceStatus>,
  container: Given<Container>,
  path: Path,
): readonly FieldError[] {
  const { claims = [], requests = {} } = container.resources ?? {};
  if (!name.startsWith('claim:')) {
    if (requests[name] !== undefined) return [];
    return [invalid(path, name, "must match one of the container's resource requests")];
  }
  const names = claims.map((claim) => ['claim:', claim.name, claim.request && `/${claim.request}`].join(''));
  if (names.includes(name)) return [];
  const detail =
    "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
  return [invalid(path, name, detail)];
}

const HEALTHS: readonly string[] = ['Healthy', 'Unhealthy', 'Unknown'];
const MESSAGE_BYTES = 4096;

function validateHealth(resources: readonly Given<ResourceHealth>[], path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return resources.flatMap(({ resourceID = '', health = '', message }, at) => {
    const here = index(path, at);
    const errors = [...validateOptionalChoice(health, HEALTHS, child(here, 'health'))];
    if (message === '') errors.push(required(child(here, 'message'), 'must be non-empty if specified'));
    else if (Buffer.byteLength(message ?? '') > MESSAGE_BYTES) {
      errors.push(tooLong(child(here, 'message'), MESSAGE_BYTES));
    }
    if (seen.has(resourceID)) errors.push(duplicate(child(here, 'resourceID'), resourceID));
    seen.add(resourceID);
    return errors;
  });
}

const IMAGE_BYTES = 256;

function validateVolumes({ volumeMounts = [] }: Given<ContainerStatus>, path: Path): readonly FieldError[] {
  return volumeMounts.flatMap(({ volumeStatus }, at) => {
    const { imageRef = '' } = volumeStatus?.image ?? {};
    const here = child(index(path, at), 'volumeStatus', 'imageVolumeStatus', 'imageRef');
    if (volumeStatus?.image === undefined) return [];
    if (imageRef === '') return [required(here, 'imageRef must not be empty')];
    return Buffer.byteLength(imageRef) > IMAGE_BYTES ? [tooLong(here, IMAGE_BYTES)] : [];
  });
}
