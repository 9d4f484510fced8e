import { limits } from '@taffrail/platform/limits';
import type {
  EndpointAddress,
  CoreEndpointPort,
  EndpointSubset,
  Pod,
  Service,
} from '@taffrail/resources/generated/types';
import { isReady } from '../workload/pod.ts';
import { canonicalJson } from '../workload/same-json.ts';
import { addressesOf, hostnameWithin, isAddressable, isHeadless, targetPort } from './addresses.ts';

interface Group {
  readonly ports: readonly CoreEndpointPort[];
  readonly ready: Map<string, EndpointAddress>;
  readonly notReady: Map<string, EndpointAddress>;
}

/** The subsets of a service: addresses that lead to the same ports stand together, sorted by address. */
export function subsetsOf(service: Service, pods: readonly Pod[]): readonly EndpointSubset[] {
  const groups = new Map<string, Group>();
  const tolerant = service.spec?.publishNotReadyAddresses === true;
  for (const pod of pods) {
    if (!isAddressable(pod)) continue;
    if (pod.metadata.deletionTimestamp !== undefined && !tolerant) continue;
    const [ip] = addressesOf(pod, service.spec?.ipFamilies?.[0] === 'IPv6' ? 'IPv6' : 'IPv4');
    const ports = portsOf(service, pod);
    if (ip === undefined || ports === undefined) continue;
    const text = canonicalJson(ports);
    let group = groups.get(text);
    if (group === undefined) groups.set(text, (group = { ports, ready: new Map(), notReady: new Map() }));
    (tolerant || isReady(pod) ? group.ready : group.notReady).set(ip, addressOf(service, pod, ip));
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, group]) => {
      const ready = sorted(group.ready);
      const notReady = sorted(group.notReady);
      return {
        ...(ready.length === 0 ? {} : { addresses: ready }),
        ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
        ...(group.ports.length === 0 ? {} : { ports: group.ports }),
      };
    });
}

/** Keeps at most the bound's number of addresses, ready ones first. */
export function boundedSubsets(subsets: readonly EndpointSubset[]): {
  readonly subsets: readonly EndpointSubset[];
  readonly truncated: boolean;
} {
  const count = subsets.reduce(
    (total, { addresses = [], notReadyAddresses = [] }) => total + addresses.length + notReadyAddresses.length,
    0,
  );
  if (count <= limits.endpointAddressesCount) return { subsets, truncated: false };
  let room: number = limits.endpointAddressesCount;
  const take = (addresses: readonly EndpointAddress[] | undefined): readonly EndpointAddress[] => {
    const taken = (addresses ?? []).slice(0, room);
    room -= taken.length;
    return taken;
  };
  const ready = subsets.map(({ addresses }) => take(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => take(notReadyAddresses));
  const kept = subsets.map(({ ports }, index) => ({
    ...(ready[index]?.length ? { addresses: ready[index] } : {}),
    ...(notReady[index]?.length ? { notReadyAddresses: notReady[index] } : {}),
    ...(ports === undefined ? {} : { ports }),
  }));
  return { subsets: kept.filter((subset) => 'addresses' in subset || 'notReadyAddresses' in subset), truncated: true };
}

/** The ports as the pod has them; undefined when it has none of those the service names. */
function portsOf(service: Service, pod: Pod): readonly CoreEndpointPort[] | undefined {
  const wanted = service.spec?.ports ?? [];
  if (wanted.length === 0) return isHeadless(service) ? [] : undefined;
  const ports: CoreEndpointPort[] = [];
  for (const port of wanted) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    ports.push({
      ...(port.name === undefined || port.name === '' ? {} : { name: port.name }),
      port: number,
      protocol: port.protocol ?? 'TCP',
      ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
    });
  }
  return ports.length === 0 ? undefined : ports;
}

function addressOf(service: Service, pod: Pod, ip: string): EndpointAddress {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const hostname = hostnameWithin(pod, service);
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

function sorted(addresses: ReadonlyMap<string, EndpointAddress>): readonly EndpointAddress[] {
  return [...addresses].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, address]) => address);
}
