import type { Endpoint, EndpointPort, Node, Pod, Service } from '@taffrail/resources/generated/types';
import { addressesOf, hostnameWithin, isAddressable, targetPort } from '../endpoints/addresses.ts';
import { isReady } from '../workload/pod.ts';
import { canonicalJson } from '../workload/same-json.ts';

export type Family = 'IPv4' | 'IPv6';

/** Endpoints that lead to the same ports of one address family: what one or more slices hold. */
export interface EndpointGroup {
  readonly family: Family;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** The groups of a service, by family and ports. `nodeOf` gives the node a pod is on, for its zone. */
export function endpointGroups(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): readonly EndpointGroup[] {
  const groups = new Map<
    string,
    { readonly family: Family; readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[] }
  >();
  for (const family of familiesOf(service)) {
    for (const pod of pods) {
      if (!isAddressable(pod)) continue;
      const addresses = addressesOf(pod, family);
      if (addresses.length === 0) continue;
      const ports = portsOf(service, pod);
      const text = `${family} ${canonicalJson(ports)}`;
      let group = groups.get(text);
      if (group === undefined) groups.set(text, (group = { family, ports, endpoints: [] }));
      group.endpoints.push(endpointOf(service, pod, addresses, nodeOf(pod.spec?.nodeName ?? '')));
    }
  }
  return [...groups.values()];
}

export function familiesOf(service: Service): readonly Family[] {
  const families = service.spec?.ipFamilies ?? [];
  return families.length === 0 ? ['IPv4'] : families.map((family) => (family === 'IPv6' ? 'IPv6' : 'IPv4'));
}

/** A group's identity: equal for equal family and ports. */
export function groupText(family: string, ports: readonly EndpointPort[] | undefined): string {
  return `${family} ${canonicalJson(ports ?? [])}`;
}

function endpointOf(service: Service, pod: Pod, addresses: readonly string[], node: Node | undefined): Endpoint {
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameWithin(pod, service);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    ...(pod.spec?.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(zone === undefined ? {} : { zone }),
  };
}

/** The ports as the pod has them; one whose name the pod does not know is left out. */
function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  return (service.spec?.ports ?? []).flatMap((port): readonly EndpointPort[] => {
    const number = targetPort(pod, port);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? '',
        port: number,
        protocol: port.protocol ?? 'TCP',
        ...(port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol }),
      },
    ];
  });
}
