import type { Service, ServiceSpec } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';

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

/** A service that has a cluster IP (or none on purpose) says which address family; this cluster has IPv4 only. */
export function defaultFamilies(spec: Draft<ServiceSpec>): void {
  if (spec.type === 'ExternalName') return;
  spec.ipFamilyPolicy ??= 'SingleStack';
  if ((spec.ipFamilies ?? []).length === 0) spec.ipFamilies = ['IPv4'];
}
