import { isIPv4 } from 'node:net';
import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand, PlannedEvent } from '@taffrail/controller/command';
import type { Controller, PlanContext, View, WorkKey } from '@taffrail/controller/controller';
import { parseRevision } from '@taffrail/platform/brand';
import type { IPAddress, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from '@taffrail/controller/api-client';
import { IP_ADDRESSES, SERVICE_CIDRS, SERVICES } from '../resource-names.ts';
import { rangesOf } from '../service-cidr/ranges.ts';

const FAMILY = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';
const CATCH_UP_MS = 1000;
/** How long an address may name a Service that is not there. */
const ORPHAN_MS = 60_000;

/**
 * Puts IPAddresses right. The API server makes and takes them in the transaction of their Service, so that there is something
 * to do only where somebody deleted or changed one by hand, and for Services from before there were any.
 */
export const ipAddressController: Controller = Object.freeze<Controller>({
  name: 'ipallocator-repair-controller',
  follows: [
    { resource: SERVICES, keys: ({ metadata }) => [serviceKey(metadata)] },
    {
      resource: IP_ADDRESSES,
      keys(object, previous, view) {
        const parents = [object, ...(previous === undefined ? [] : [previous])].flatMap(parentKey);
        return [...parents, ...holdersOf(view, object), { ...serviceKey(object.metadata), resource: 'ipaddresses' }];
      },
    },
    { resource: SERVICE_CIDRS, keys: () => [] },
  ],
  indexes: [{ resource: SERVICES, name: 'cluster-ips', values: (object) => clusterIps(object as unknown as Service) }],
  plan(view, key, context) {
    return key.resource === 'ipaddresses' ? planAddress(view, key, context) : planService(view, key);
  },
});

/** Every cluster IP of a Service has an IPAddress that names it. */
function planService(view: View, key: WorkKey): readonly ControllerCommand[] {
  const service = view.get<Service>(SERVICES, key.namespace, key.name);
  if (service === undefined) return [];
  if (isBehind(view, IP_ADDRESSES, service)) return [{ type: 'requeue', afterMs: CATCH_UP_MS }];
  const about = asObject(service);
  return clusterIps(service).flatMap((ip): readonly ControllerCommand[] => {
    const warn = (reason: string, message: string): PlannedEvent => ({ about, eventType: 'Warning', reason, message });
    const family = isIPv4(ip) ? 'IPv4' : 'IPv6';
    if (rangesOf(view, ip).length === 0) {
      const message = `Cluster IP [${family}]: ${ip} is not within any configured Service CIDR; please recreate service`;
      return [{ type: 'event', ...warn('ClusterIPOutOfRange', message) }];
    }
    const present = view.get<IPAddress>(IP_ADDRESSES, '', ip);
    const object = ipAddress(ip, family, service);
    if (present === undefined) {
      const event = warn('ClusterIPNotAllocated', `Cluster IP [${family}]: ${ip} is not allocated; repairing`);
      return [{ type: 'create', resource: IP_ADDRESSES, object, event }];
    }
    const isRight = names(present, service);
    const { labels } = present.metadata;
    if (isRight && labels?.[FAMILY] === family && labels[MANAGED_BY] === ALLOCATOR) return [];
    const { namespace = '', name = '' } = service.metadata;
    const message = `the ClusterIP [${family}]: ${ip} for Service ${namespace}/${name} has a wrong reference; repairing`;
    const event = isRight ? {} : { event: warn('ClusterIPNotAllocated', message) };
    return [deletion(present), { type: 'create', resource: IP_ADDRESSES, object, ...event }];
  });
}

/** An address that the API server is to have given out names a Service that has it. */
function planAddress(view: View, key: WorkKey, { nowMs }: PlanContext): readonly ControllerCommand[] {
  const address = view.get<IPAddress>(IP_ADDRESSES, '', key.name);
  if (address === undefined || address.metadata.labels?.[MANAGED_BY] !== ALLOCATOR) return [];
  if (isBehind(view, SERVICES, address)) return [{ type: 'requeue', afterMs: CATCH_UP_MS }];
  const ip = key.name;
  const { group = '', resource, namespace = '', name } = address.spec.parentRef;
  const cleanUp = (reason: string, message: string): readonly ControllerCommand[] => {
    const event: PlannedEvent = { about: asObject(address), eventType: 'Warning', reason, message };
    return [{ ...deletion(address), event }];
  };
  if (group !== '' || resource !== 'services') {
    const message = `IPAddress ${ip} appears to have been modified, not referencing a Service: cleaning up`;
    return cleanUp('IPAddressNotAllocated', message);
  }
  const service = view.get<Service>(SERVICES, namespace, name);
  if (service === undefined) {
    const leftMs = ORPHAN_MS - (nowMs - view.sinceMs(IP_ADDRESSES, '', ip));
    if (leftMs > 0) return [{ type: 'requeue', afterMs: leftMs }];
    const message = `IPAddress: ${ip} for Service ${namespace}/${name} appears to have leaked: cleaning up`;
    return cleanUp('IPAddressNotAllocated', message);
  }
  if (clusterIps(service).includes(ip)) return [];
  const message = `IPAddress: ${ip} for Service ${namespace}/${name} has a wrong reference; cleaning up`;
  return cleanUp('IPAddressWrongReference', message);
}

/** Whether what is in view of a resource may be older than an object. */
function isBehind(view: View, resource: ResourceName, { metadata }: Pick<Service, 'metadata'>): boolean {
  const at = parseRevision(metadata.resourceVersion ?? '');
  return at !== undefined && view.revision(resource) < at;
}

function ipAddress(ip: string, family: string, { metadata }: Service): KubeObject {
  const { namespace = '', name = '' } = metadata;
  return asObject({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: ip, labels: { [FAMILY]: family, [MANAGED_BY]: ALLOCATOR } },
    spec: { parentRef: { group: '', resource: 'services', namespace, name } },
  } as IPAddress);
}

function deletion({ metadata }: IPAddress): Extract<ControllerCommand, { type: 'delete' }> {
  const { name = '', uid = '' } = metadata;
  return { type: 'delete', resource: IP_ADDRESSES, namespace: '', name, uid };
}

function names({ spec }: IPAddress, { metadata }: Service): boolean {
  const { group = '', resource, namespace, name } = spec.parentRef;
  return group === '' && resource === 'services' && namespace === metadata.namespace && name === metadata.name;
}

function parentKey(object: KubeObject): readonly WorkKey[] {
  const { group = '', resource, namespace = '', name } = (object as unknown as IPAddress).spec.parentRef;
  return group === '' && resource === 'services' ? [{ resource, namespace, name }] : [];
}

function holdersOf(view: View, { metadata }: KubeObject): readonly WorkKey[] {
  return view.indexed(SERVICES, 'cluster-ips', metadata.name ?? '').map((service) => serviceKey(service.metadata));
}

function serviceKey({ namespace = '', name = '' }: KubeObject['metadata']): WorkKey {
  return { resource: 'services', namespace, name };
}

function clusterIps({ spec }: Service): readonly string[] {
  return (spec?.clusterIPs ?? []).filter((ip) => ip !== '' && ip !== 'None');
}
