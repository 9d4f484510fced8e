import type { JsonObject } from '@taffrail/resources/json';
import { podTotals, type Totals } from '@taffrail/resources/kinds/pod/totals';
import { parseQuantity, type Quantity } from '@taffrail/resources/syntax/quantity';
import type { PersistentVolumeClaim, Pod, ResourceResourceClaim, Service } from '@taffrail/resources/generated/types';
import type { Given } from '@taffrail/resources/given';
import type { ResourceId } from '../../state-view.ts';

/** Amounts by the names a ResourceQuota uses: `pods`, `requests.cpu`, `count/jobs.batch`. */
export type Usage = Totals;

export const NOTHING_USED: Usage = Object.freeze({});

/** Kinds that had a name of their own in quotas before `count/` came. */
const PLAIN_NAMES: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** What one object uses of what quotas can limit. */
export function usageOf(id: ResourceId, contents: JsonObject): Usage {
  const counted = id.group === '' ? `count/${id.resource}` : `count/${id.resource}.${id.group}`;
  return { [counted]: ONE, ...ownUsage(id, contents) };
}

function ownUsage({ group, resource }: ResourceId, contents: JsonObject): Usage {
  if (group === 'resource.k8s.io' && resource === 'resourceclaims') return claimedDevices(contents);
  if (group !== '') return NOTHING_USED;
  switch (resource) {
    case 'pods':
      return podUsage(contents);
    case 'services':
      return serviceUsage(contents);
    case 'persistentvolumeclaims':
      return volumeClaimUsage(contents);
    default:
      return PLAIN_NAMES.has(resource) ? { [resource]: ONE } : NOTHING_USED;
  }
}

/** A pod that has ended uses nothing any more; it still counts as an object. */
function podUsage(contents: Given<Pod>): Usage {
  const phase = contents.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return NOTHING_USED;
  const { requests, limits } = podTotals(contents);
  return { pods: ONE, ...computeUsage(requests, limits) };
}

/** Requests and limits by their names in quotas. */
export function computeUsage(requests: Totals, limits: Totals): Usage {
  const usage: Record<string, Quantity> = {};
  for (const [name, amount] of Object.entries(requests)) {
    const isNative = COMPUTE.includes(name) || name.startsWith('hugepages-');
    if (isNative) usage[name] = amount;
    if (isNative || isExtended(name)) usage[`requests.${name}`] = amount;
  }
  for (const name of COMPUTE) {
    const amount = limits[name];
    if (amount !== undefined) usage[`limits.${name}`] = amount;
  }
  return usage;
}

const COMPUTE: readonly string[] = ['cpu', 'memory', 'ephemeral-storage'];

function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}

/** Node ports are counted by intent: when a Service is judged, none has been given out. */
function serviceUsage({ spec = {} }: Given<Service>): Usage {
  const ports = spec.ports ?? [];
  const balanced = spec.type === 'LoadBalancer';
  const asked = ports.filter((port) => (port.nodePort ?? 0) !== 0).length;
  const opened = balanced && spec.allocateLoadBalancerNodePorts === false ? asked : ports.length;
  return {
    services: ONE,
    'services.loadbalancers': count(balanced ? 1 : 0),
    'services.nodeports': count(balanced || spec.type === 'NodePort' ? opened : 0),
  };
}

const OF_STORAGE_CLASS = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

function volumeClaimUsage({ metadata = {}, spec = {}, status = {} }: Given<PersistentVolumeClaim>): Usage {
  const storageClass = metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '';
  const asked = whole(spec.resources?.requests?.['storage']);
  const given = whole(status.allocatedResources?.['storage']);
  const storage = asked !== undefined && given !== undefined && given.nanos > asked.nanos ? given : asked;
  const usage = { persistentvolumeclaims: ONE, ...(storage === undefined ? {} : { 'requests.storage': storage }) };
  if (storageClass === '') return usage;
  const ofClass = Object.entries(usage).map(([name, amount]) => [`${storageClass}${OF_STORAGE_CLASS}${name}`, amount]);
  return { ...usage, ...(Object.fromEntries(ofClass) as Usage) };
}

/** Bytes are counted whole. */
function whole(text: string | undefined): Quantity | undefined {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  if (quantity === undefined) return undefined;
  const rest = quantity.nanos % NANOS_PER_UNIT;
  return rest === 0n ? quantity : { ...quantity, nanos: quantity.nanos - rest + NANOS_PER_UNIT };
}

/** As many devices as one request for all of a class can come to. */
const ALL_DEVICES_COUNT = 32;
const OF_DEVICE_CLASS = '.deviceclass.resource.k8s.io/devices';

/** Devices by class. Of several alternatives the one that takes most counts, for each class. */
function claimedDevices({ spec = {} }: Given<ResourceResourceClaim>): Usage {
  const counts: Record<string, number> = {};
  const add = (found: Readonly<Record<string, number>>): void => {
    for (const [name, devices] of Object.entries(found)) counts[name] = (counts[name] ?? 0) + devices;
  };
  for (const { exactly, firstAvailable = [] } of spec.devices?.requests ?? []) {
    const most: Record<string, number> = {};
    for (const alternative of exactly === undefined ? firstAvailable : [exactly]) {
      const name = `${alternative.deviceClassName ?? ''}${OF_DEVICE_CLASS}`;
      const devices = alternative.allocationMode === 'All' ? ALL_DEVICES_COUNT : (alternative.count ?? 1);
      most[name] = Math.max(most[name] ?? 0, devices);
    }
    add(most);
  }
  return Object.fromEntries(Object.entries(counts).map(([name, devices]) => [name, count(devices)]));
}

const NANOS_PER_UNIT = 1_000_000_000n;
const ONE = count(1);

function count(value: number): Quantity {
  return Object.freeze({ nanos: BigInt(value) * NANOS_PER_UNIT, format: 'decimal' });
}

/** The resources whose objects can use something of a name that a quota limits. */
export function usersOf(name: string): readonly ResourceId[] {
  if (name.startsWith('count/')) {
    const [, resource = '', group = ''] = /^count\/([^.]*)\.?(.*)$/.exec(name) ?? [];
    return [{ group, resource }];
  }
  if (PLAIN_NAMES.has(name)) return [{ group: '', resource: name }];
  if (name === 'services' || name.startsWith('services.')) return [{ group: '', resource: 'services' }];
  if (name.endsWith(OF_DEVICE_CLASS)) return [{ group: 'resource.k8s.io', resource: 'resourceclaims' }];
  if (name === 'requests.storage' || name === 'persistentvolumeclaims' || name.includes(OF_STORAGE_CLASS)) {
    return [{ group: '', resource: 'persistentvolumeclaims' }];
  }
  return [{ group: '', resource: 'pods' }];
}
