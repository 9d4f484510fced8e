import { isIPv6 } from 'node:net';
import type { Service, ServiceSpec } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';

const AFFINITY_SECONDS = 10_800;

/** Whether traffic from outside the cluster can reach the service. */
export function isExternallyAccessible(spec: Draft<ServiceSpec>): boolean {
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return true;
  return spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0;
}

export function defaultService(service: Draft<Service>): void {
  const spec = (service.spec ??= {});
  if ((spec.sessionAffinity ?? '') === '') spec.sessionAffinity = 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
  }
  if ((spec.type ?? '') === '') spec.type = 'ClusterIP';
  for (const port of spec.ports ?? []) {
    if ((port.protocol ?? '') === '') port.protocol = 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === '') port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec) && (spec.externalTrafficPolicy ?? '') === '') spec.externalTrafficPolicy = 'Cluster';
  if (spec.type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  service.status ??= {};
  service.status.loadBalancer ??= {};
  if (spec.type !== 'LoadBalancer') return;
  for (const ingress of service.status.loadBalancer.ingress ?? []) {
    if ((ingress.ip ?? '') !== '') ingress.ipMode ??= 'VIP';
  }
}

/** `clusterIP` and the first of `clusterIPs` are one field under two names: what was said of one holds for the other. */
export function pairClusterIps(spec: Draft<ServiceSpec>): void {
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (clusterIP !== '' && clusterIPs.length === 0) spec.clusterIPs = [clusterIP];
}

/**
 * A service that has a cluster IP (or none on purpose) says which address families: those of its addresses, else IPv4, which this
 * cluster has. One without address and selector has both, for nobody knows of which its endpoints are.
 */
export function defaultFamilies(spec: Draft<ServiceSpec>, before?: Given<ServiceSpec>): void {
  if (spec.type === 'ExternalName') return;
  const { clusterIP = '', clusterIPs = [] } = spec;
  const isOpen = clusterIP === 'None' && Object.keys(spec.selector ?? {}).length === 0;
  spec.ipFamilyPolicy ??= before?.ipFamilyPolicy ?? (isOpen ? 'RequireDualStack' : 'SingleStack');
  const families = (spec.ipFamilies ??= []);
  for (const address of clusterIPs.slice(families.length)) {
    const family = isIPv6(address) ? 'IPv6' : 'IPv4';
    if (address !== 'None' && !families.includes(family)) families.push(family);
  }
  if (families.length === 0) families.push('IPv4');
  if (isOpen && families.length === 1 && spec.ipFamilyPolicy !== 'SingleStack') {
    families.push(families[0] === 'IPv4' ? 'IPv6' : 'IPv4');
  }
}
