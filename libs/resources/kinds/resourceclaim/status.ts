import { isIPv6 } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceAllocationConfiguration,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaimConsumerReference,
  ResourceResourceClaim,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { canonicalIpv6, cidr } from '../../syntax/ip.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import {
  child,
  forbidden,
  invalid,
  notSupported,
  type Path,
  required,
  tooLong,
  tooMany,
} from '../../validation/field.ts';
import { goStructure, quoted } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNodeSelector } from '../../validation/pod/affinity.ts';
import { validateBindingConditions } from '../devices/binding-conditions.ts';
import { CONFIGURATIONS, validateConfiguration, validateRaw } from '../devices/configuration.ts';
import { validateList, validateSet } from '../devices/lists.ts';
import { validateLabelName, validatePoolName, validateShare } from '../devices/names.ts';
import { requestNames, validateReference, validateReferences } from '../devices/requests.ts';

const CONSUMERS = 256;
const RESULTS = 32;
const CONDITIONS = 8;
const DATA_BYTES = 10 * 1024;
const INTERFACE_BYTES = 256;
const HARDWARE_BYTES = 128;
const ADDRESSES = 16;
const SOURCES: readonly string[] = ['FromClaim', 'FromClass'];

interface DeviceId {
  readonly driver?: string;
  readonly pool?: string;
  readonly device?: string;
  readonly shareID?: string;
}

/** Which device, or which share of one. */
function idOf({ driver = '', pool = '', device = '', shareID = '' }: Given<DeviceId>) {
  return goStructure({ Driver: driver, Pool: pool, Device: device, ShareID: shareID });
}

/** What was allocated for a claim, who uses it, and how its devices do. */
export function validateClaimStatus(
  next: Given<ResourceResourceClaim>,
  previous: Given<ResourceResourceClaim>,
): readonly FieldError[] {
  const { reservedFor = [], devices = [], allocation } = next.status ?? {};
  const allocated = new Set((allocation?.devices?.results ?? []).map((one) => idOf(one).goSyntax));
  const errors = [
    ...validateSet(reservedFor, CONSUMERS, validateConsumer, ({ uid = '' }) => uid, 'status.reservedFor'),
    ...validateSet(
      devices,
      Infinity,
      (device, at) => validateDeviceStatus(device, allocated, at),
      (device) => idOf(device).goSyntax,
      'status.devices',
      idOf,
    ),
    ...validateReservations(next, previous),
  ];
  const before = previous.status?.allocation;
  if (allocation === undefined) return errors;
  if (before !== undefined) return [...errors, ...validateImmutable(allocation, before, 'status.allocation')];
  return [...errors, ...validateAllocation(allocation, requestNames(next.spec), 'status.allocation')];
}

function validateConsumer(consumer: Given<ResourceClaimConsumerReference>, path: Path): readonly FieldError[] {
  return (['resource', 'name', 'uid'] as const)
    .filter((field) => (consumer[field] ?? '') === '')
    .map((field) => required(child(path, field)));
}

/** Only what was allocated has users, and what goes away gets none. */
function validateReservations(
  { metadata, status }: Given<ResourceResourceClaim>,
  previous: Given<ResourceResourceClaim>,
): readonly FieldError[] {
  const { reservedFor = [], allocation } = status ?? {};
  const path = 'status.reservedFor';
  if (reservedFor.length === 0) return [];
  if (allocation === undefined) return [forbidden(path, 'may not be specified when `allocated` is not set')];
  const before = new Set((previous.status?.reservedFor ?? []).map(identityOf));
  if (metadata?.deletionTimestamp === undefined || reservedFor.every((one) => before.has(identityOf(one)))) return [];
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [forbidden(path, detail)];
}

function identityOf({ apiGroup, resource, name, uid }: Given<ResourceClaimConsumerReference>): string {
  return JSON.stringify([apiGroup, resource, name, uid]);
}

function validateAllocation(
  { devices = {}, nodeSelector }: Given<AllocationResult>,
  names: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const here = child(path, 'devices');
  const selectorPath = child(path, 'nodeSelector');
  return [
    ...validateList(devices.results, RESULTS, (one, at) => validateResult(one, names, at), child(here, 'results')),
    ...validateList(
      devices.config,
      2 * CONFIGURATIONS,
      (one, at) => validateSourced(one, names, at),
      child(here, 'config'),
    ),
    ...(nodeSelector === undefined ? [] : validateNodeSelector(nodeSelector, selectorPath)),
  ];
}

function validateResult(
  result: Given<DeviceRequestAllocationResult>,
  names: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  return [
    ...validateReference(result.request ?? '', names, child(path, 'request')),
    ...validatePlace(result, path),
    ...validateBindingConditions(result, path),
    ...validateShareOf(result, path),
  ];
}

function validatePlace({ driver = '', pool = '', device = '' }: Given<DeviceId>, path: Path): readonly FieldError[] {
  return [
    ...validateDriverName(driver, child(path, 'driver')),
    ...validatePoolName(pool, child(path, 'pool')),
    ...validateLabelName(device, child(path, 'device')),
  ];
}

function validateShareOf({ shareID }: Given<DeviceId>, path: Path): readonly FieldError[] {
  return shareID === undefined ? [] : validateShare(shareID, child(path, 'shareID'));
}

function validateSourced(
  config: Given<DeviceAllocationConfiguration>,
  names: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const { source = '' } = config;
  const errors: FieldError[] = [];
  if (source === '') errors.push(required(child(path, 'source')));
  else if (!SOURCES.includes(source)) errors.push(notSupported(child(path, 'source'), source, SOURCES));
  return [
    ...errors,
    ...validateReferences(config.requests, names, child(path, 'requests')),
    ...validateConfiguration(config, false, path),
  ];
}

function validateDeviceStatus(
  status: Given<AllocatedDeviceStatus>,
  allocated: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const { conditions = [], data, networkData } = status;
  const id = idOf(status);
  const errors = [...validatePlace(status, path), ...validateShareOf(status, path)];
  if (!allocated.has(id.goSyntax)) errors.push(invalid(path, id, 'must be an allocated device in the claim'));
  const conditionsPath = child(path, 'conditions');
  if (conditions.length > CONDITIONS) errors.push(tooMany(conditionsPath, conditions.length, CONDITIONS));
  errors.push(...validateConditions(conditions, conditionsPath));
  if (data !== undefined) errors.push(...validateRaw(data, DATA_BYTES, child(path, 'data')));
  return [...errors, ...validateNetwork(networkData ?? {}, child(path, 'networkData'))];
}

function validateNetwork(
  { interfaceName = '', hardwareAddress = '', ips }: Given<NetworkDeviceData>,
  path: Path,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const [namePath, hardwarePath] = [child(path, 'interfaceName'), child(path, 'hardwareAddress')];
  if (Buffer.byteLength(interfaceName) > INTERFACE_BYTES) errors.push(tooLong(namePath, INTERFACE_BYTES));
  if (Buffer.byteLength(hardwareAddress) > HARDWARE_BYTES) errors.push(tooLong(hardwarePath, HARDWARE_BYTES));
  return [...errors, ...validateSet(ips, ADDRESSES, validateAddress, (ip) => ip, child(path, 'ips'))];
}

/** An address with the length of its network's prefix. */
function validateAddress(value: string, path: Path): readonly FieldError[] {
  if (cidr(value).length === 0) {
    const [address = '', bits = ''] = value.split('/');
    const canonical = `${isIPv6(address) ? canonicalIpv6(address) : address}/${Number(bits)}`;
    return value === canonical ? [] : [invalid(path, value, `must be in canonical form (${quoted(canonical)})`)];
  }
  return [invalid(path, value, 'must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)')];
}
