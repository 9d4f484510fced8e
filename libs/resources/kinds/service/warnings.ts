import type { Service } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidrWarnings, ipWarnings } from '../../syntax/ip-warnings.ts';
import { index } from '../../validation/field.ts';

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** What is accepted of a service and not acted on, or not for ever. */
export function serviceWarnings({ metadata, spec = {} }: Given<Service>): readonly string[] {
  const { clusterIP = '', clusterIPs = [], externalIPs = [], externalName = '', loadBalancerIP = '' } = spec;
  const warnings: string[] = [];
  if (metadata?.annotations?.[TOPOLOGY_HINTS] !== undefined) {
    warnings.push(`annotation ${TOPOLOGY_HINTS} is deprecated, please use ${TOPOLOGY_MODE} instead`);
  }
  if (clusterIP !== '' && clusterIP !== 'None') {
    warnings.push(...clusterIPs.flatMap((ip, at) => ipWarnings(index('spec.clusterIPs', at), ip)));
  }
  const isHeadless = spec.type === 'ClusterIP' && clusterIP === 'None';
  const isExternalName = spec.type === 'ExternalName';
  if (isHeadless) {
    if (loadBalancerIP !== '') warnings.push('spec.loadBalancerIP is ignored for headless services');
    if (externalIPs.length > 0) warnings.push('spec.externalIPs is ignored for headless services');
    if (spec.sessionAffinity !== 'None') warnings.push('spec.SessionAffinity is ignored for headless services');
  }
  warnings.push(...externalIPs.flatMap((ip, at) => ipWarnings(index('spec.externalIPs', at), ip)));
  if (externalIPs.length > 0 && !isHeadless && !isExternalName) {
    warnings.push('spec.externalIPs is deprecated and may no longer be implemented in some clusters');
  }
  if (loadBalancerIP !== '') warnings.push(...ipWarnings('spec.loadBalancerIP', loadBalancerIP));
  const ranges = spec.loadBalancerSourceRanges ?? [];
  warnings.push(
    ...ranges.flatMap((range, at) => cidrWarnings(index('spec.loadBalancerSourceRanges', at), range.trim())),
  );
  if (isExternalName && externalIPs.length > 0) {
    warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  }
  if (!isExternalName && externalName !== '') {
    warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  }
  if (spec.trafficDistribution === 'PreferClose') {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}
