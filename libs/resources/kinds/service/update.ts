import type { Service, ServicePort, ServiceSpec } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { defaultFamilies, pairClusterIps } from './defaults.ts';

type SpecField = keyof ServiceSpec;

/** What a change keeps of the values the cluster had allocated, and what a change of type gives up. */
export function prepareServiceUpdate(next: Draft<Service>, previous: Given<Service>): void {
  const spec = (next.spec ??= {});
  const before = previous.spec ?? {};
  keepClusterIps(spec, before);
  keepNodePorts(spec, before);
  keepHealthCheckPort(spec, before);
  dropOfOldType(spec, before);
  defaultFamilies(spec, before);
}

function hasClusterIp(type: string | undefined): boolean {
  return type !== 'ExternalName';
}

function keepClusterIps(spec: Draft<ServiceSpec>, before: Given<ServiceSpec>): void {
  if (!hasClusterIp(spec.type) || !hasClusterIp(before.type)) return pairClusterIps(spec);
  const { clusterIP = '', clusterIPs = [] } = spec;
  if (clusterIP === '' && clusterIPs.length === 0) {
    if (before.clusterIP !== undefined) spec.clusterIP = before.clusterIP;
    if (before.clusterIPs !== undefined) spec.clusterIPs = [...before.clusterIPs];
    return;
  }
  const changedOnlySingular = clusterIP !== before.clusterIP && clusterIPs[0] === before.clusterIPs?.[0];
  if (clusterIP !== '' && (clusterIPs.length === 0 || changedOnlySingular)) spec.clusterIPs = [clusterIP];
  else if (clusterIP === '' && clusterIPs[0] !== undefined) spec.clusterIP = clusterIPs[0];
}

function needsNodePort(spec: Given<ServiceSpec>): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** A port that is written again without its node port keeps it. */
function keepNodePorts(spec: Draft<ServiceSpec>, before: Given<ServiceSpec>): void {
  if (!needsNodePort(spec) || !needsNodePort(before)) return;
  const taken = new Set((spec.ports ?? []).map((port) => port.nodePort ?? 0));
  const known = new Map((before.ports ?? []).map((port) => [portIdentity(port), port.nodePort ?? 0]));
  for (const port of spec.ports ?? []) {
    const nodePort = known.get(portIdentity(port)) ?? 0;
    if ((port.nodePort ?? 0) === 0 && nodePort !== 0 && !taken.has(nodePort)) port.nodePort = nodePort;
  }
}

function keepHealthCheckPort(spec: Draft<ServiceSpec>, before: Given<ServiceSpec>): void {
  const needed = (one: Given<ServiceSpec> | Draft<ServiceSpec>): boolean =>
    one.type === 'LoadBalancer' && one.externalTrafficPolicy === 'Local';
  if (!needed(spec) || !needed(before) || before.healthCheckNodePort === undefined) return;
  if ((spec.healthCheckNodePort ?? 0) === 0) spec.healthCheckNodePort = before.healthCheckNodePort;
}

function portIdentity(port: Given<ServicePort> | Draft<ServicePort>): string {
  return `${port.protocol ?? ''}/${port.port ?? 0}`;
}

/** Fields that only the old type had go with it, unless the change sets them anew. */
function dropOfOldType(spec: Draft<ServiceSpec>, before: Given<ServiceSpec>): void {
  if (hasClusterIp(before.type) && !hasClusterIp(spec.type)) {
    drop(spec, before, 'clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy');
  }
  if (needsNodePort(before) && !needsNodePort(spec)) {
    const known = new Set((before.ports ?? []).map((port) => port.nodePort));
    for (const port of spec.ports ?? []) if (known.has(port.nodePort)) delete port.nodePort;
  }
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    drop(spec, before, 'allocateLoadBalancerNodePorts', 'loadBalancerClass', 'healthCheckNodePort');
  }
  if (before.type === 'ExternalName' && spec.type !== 'ExternalName') drop(spec, before, 'externalName');
  const outside = spec.type === 'NodePort' || spec.type === 'LoadBalancer' || (spec.externalIPs ?? []).length > 0;
  if (!outside && before.externalTrafficPolicy !== undefined) drop(spec, before, 'externalTrafficPolicy');
}

function drop(spec: Draft<ServiceSpec>, before: Given<ServiceSpec>, ...fields: readonly SpecField[]): void {
  for (const field of fields) {
    if (JSON.stringify(spec[field]) === JSON.stringify(before[field])) delete spec[field];
  }
}
