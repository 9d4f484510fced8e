import { limits } from '@taffrail/platform/limits';
import type {
  Endpoint,
  EndpointAddress,
  EndpointPort,
  Endpoints,
  EndpointSubset,
} from '@taffrail/resources/generated/types';
import type { EndpointGroup, Family } from '../endpoint-slice/endpoint.ts';
import { canonicalJson } from '../workload/same-json.ts';

const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

interface Group extends EndpointGroup {
  readonly endpoints: Endpoint[];
}

/** What slices say of addresses somebody wrote into an Endpoints object: by family and ports, each address once. */
export function mirroredGroups(endpoints: Endpoints): readonly EndpointGroup[] {
  const groups = new Map<string, Group>();
  for (const subset of endpoints.subsets ?? []) {
    const ports = portsOf(subset);
    for (const [address, ready] of addressesOf(subset)) {
      const family = FAMILIES[address.ip.includes(':') ? 1 : 0] ?? 'IPv4';
      const text = `${family} ${canonicalJson(ports)}`;
      let group = groups.get(text);
      if (group === undefined) groups.set(text, (group = { family, ports, endpoints: [] }));
      const isKnown = group.endpoints.some((one) => one.addresses[0] === address.ip);
      if (!isKnown) group.endpoints.push(endpointOf(address, ready));
    }
  }
  return [...groups.values()];
}

/** A subset's addresses with whether they are ready, up to a bound. */
function addressesOf({
  addresses = [],
  notReadyAddresses = [],
}: EndpointSubset): readonly (readonly [EndpointAddress, boolean])[] {
  return [
    ...addresses.map((address) => [address, true] as const),
    ...notReadyAddresses.map((address) => [address, false] as const),
  ].slice(0, limits.mirroredAddressesCount);
}

function portsOf({ ports = [] }: EndpointSubset): readonly EndpointPort[] {
  return ports.map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
    name,
    port,
    protocol,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined || hostname === '' ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}
