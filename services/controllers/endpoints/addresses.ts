import type { ContainerPort, Pod, Service, ServicePort } from '@taffrail/resources/generated/types';
import { isFinished } from '../workload/pod.ts';

/** Whether a service's addresses are looked after here: it selects pods and is not a mere name. */
export function selectsPods(service: Service): boolean {
  const { spec } = service;
  return spec?.type !== 'ExternalName' && Object.keys(spec?.selector ?? {}).length > 0;
}

export function isHeadless(service: Service): boolean {
  return service.spec?.clusterIP === 'None';
}

/** Whether a pod has an address and may still be sent to, at least while it ends. */
export function isAddressable(pod: Pod): boolean {
  return !isFinished(pod) && (pod.status?.podIP ?? '') !== '';
}

/** The addresses of one family a pod has. */
export function addressesOf(pod: Pod, family: 'IPv4' | 'IPv6'): readonly string[] {
  const all = pod.status?.podIPs?.map((entry) => entry.ip) ?? [];
  const known = all.length === 0 ? [pod.status?.podIP ?? ''] : all;
  return known.filter((ip) => ip !== '' && ip.includes(':') === (family === 'IPv6'));
}

/** The number a service port leads to in a pod; undefined when the pod has no port of that name. */
export function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const protocol = port.protocol ?? 'TCP';
  const sidecars = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const ports: readonly ContainerPort[] = [...(pod.spec?.containers ?? []), ...sidecars].flatMap(
    (container) => container.ports ?? [],
  );
  return ports.find((candidate) => candidate.name === target && (candidate.protocol ?? 'TCP') === protocol)
    ?.containerPort;
}

/** The name a pod has within a headless service's domain, if it asked for one. */
export function hostnameWithin(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec ?? {};
  return hostname !== undefined && hostname !== '' && subdomain === service.metadata.name ? hostname : undefined;
}
