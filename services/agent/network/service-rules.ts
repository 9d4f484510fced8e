import type { EndpointSlice, Service, ServicePort } from '@taffrail/resources/generated/types';

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface Backend {
  readonly ip: string;
  readonly port: number;
}

/** One port of one Service as the ruleset needs it. */
export interface ServiceRule {
  /** `namespace/name:port`, for comments and stable order. */
  readonly name: string;
  readonly protocol: Protocol;
  readonly port: number;
  /** Cluster address and external addresses it answers on; empty for a headless one. */
  readonly addresses: readonly string[];
  /** 0 without one. */
  readonly nodePort: number;
  readonly backends: readonly Backend[];
  /** Backends for traffic from outside the cluster; they differ with `externalTrafficPolicy: Local`. */
  readonly externalBackends: readonly Backend[];
  /** The client's address is kept for external traffic (`externalTrafficPolicy: Local`). */
  readonly keepsClientAddress: boolean;
  /** Seconds a client stays with its backend; 0 without affinity. */
  readonly affinitySeconds: number;
}

const DEFAULT_AFFINITY_SECONDS = 10_800;
const isIpv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);

/** What the node has to do for Services and their EndpointSlices. Pure; in name order, so equal input gives equal rules. */
export function serviceRules(
  services: readonly Service[],
  slices: readonly EndpointSlice[],
  nodeName: string,
): readonly ServiceRule[] {
  const byService = Map.groupBy(
    slices.filter(({ addressType }) => addressType === 'IPv4'),
    ({ metadata }) => `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`,
  );
  return services
    .flatMap((service) => {
      const { metadata, spec } = service;
      const clusterIps = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
      const clusterIp = clusterIps.find(isIpv4);
      if (clusterIp === undefined || spec?.type === 'ExternalName') return [];
      const own = byService.get(`${metadata.namespace}/${metadata.name}`) ?? [];
      return (spec?.ports ?? []).map((port) => ruleOf(service, port, clusterIp, own, nodeName));
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function ruleOf(
  { metadata, spec, status }: Service,
  port: ServicePort,
  clusterIp: string,
  slices: readonly EndpointSlice[],
  nodeName: string,
): ServiceRule {
  const all = endpoints(slices, port.name ?? '');
  const local = all.filter(({ node }) => node === nodeName);
  const keepsClientAddress = spec?.externalTrafficPolicy === 'Local';
  const internal = spec?.internalTrafficPolicy === 'Local' ? local : all;
  const loadBalancers = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined ? [] : [ip]));
  const affinity = spec?.sessionAffinity === 'ClientIP';
  return {
    name: `${metadata.namespace}/${metadata.name}:${port.name ?? port.port}`,
    protocol: (port.protocol ?? 'TCP').toLowerCase() as Protocol,
    port: port.port,
    addresses: [clusterIp, ...(spec?.externalIPs ?? []), ...loadBalancers].filter(isIpv4),
    nodePort: port.nodePort ?? 0,
    backends: internal.map(({ ip, port: target }) => ({ ip, port: target })),
    externalBackends: (keepsClientAddress ? local : all).map(({ ip, port: target }) => ({ ip, port: target })),
    keepsClientAddress,
    affinitySeconds: affinity ? (spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS) : 0,
  };
}

interface PlacedBackend extends Backend {
  readonly node: string | undefined;
}

/** Ready endpoints; when none is ready, those that still serve while they end. */
function endpoints(slices: readonly EndpointSlice[], portName: string): readonly PlacedBackend[] {
  const found = new Map<string, PlacedBackend & { readonly ready: boolean; readonly serving: boolean }>();
  for (const { ports = [], endpoints: list = [] } of slices) {
    const port = ports.find(({ name = '' }) => name === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, nodeName } of list) {
      const [ip] = addresses;
      if (ip === undefined) continue;
      const ready = conditions?.ready ?? true;
      found.set(`${ip}:${port}`, { ip, port, node: nodeName, ready, serving: conditions?.serving ?? ready });
    }
  }
  const all = [...found.values()].sort((a, b) => (`${a.ip}:${a.port}` < `${b.ip}:${b.port}` ? -1 : 1));
  const ready = all.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : all.filter(({ serving }) => serving);
}
