import type { FieldError } from '../../field-error.ts';
import type { Service, ServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidr } from '../../syntax/ip.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { portNumber } from '../../syntax/names.ts';
import { forbidden, index, invalid, invalids, key, notSupported, type Path, required } from '../../validation/field.ts';
import { hasHealthCheck } from './health-check.ts';

const TRAFFIC_POLICIES: readonly string[] = ['Cluster', 'Local'];
const DISTRIBUTIONS: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const BALANCERS_ONLY = "may only be used when `type` is 'LoadBalancer'";

/** Who reaches a service, and where their traffic goes: load balancers, policies, distribution. */
export function validateReach(service: Given<Service>): readonly FieldError[] {
  const { spec = {} } = service;
  return [
    ...validateSourceRanges(service),
    ...validateLoadBalancer(spec),
    ...validateExternalTraffic(spec),
    ...validateInternalTraffic(spec),
  ];
}

const RANGES_ANNOTATION = 'service.beta.kubernetes.io/load-balancer-source-ranges';

/** The ranges in the field, or where there are none those in the annotation that came before it. Both may be padded. */
function validateSourceRanges({ metadata, spec = {} }: Given<Service>): readonly FieldError[] {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata?.annotations?.[RANGES_ANNOTATION];
  if (ranges.length === 0 && annotation === undefined) return [];
  const isField = ranges.length > 0;
  const path: Path = isField ? 'spec.LoadBalancerSourceRanges' : key('metadata.annotations', RANGES_ANNOTATION);
  const written = (annotation ?? '').trim();
  const values = isField ? ranges : written === '' ? [] : written.split(',');
  return [
    ...(spec.type === 'LoadBalancer' ? [] : [forbidden(path, BALANCERS_ONLY)]),
    ...values.flatMap((padded, at) => {
      const range = padded.trim();
      return invalids(isField ? index(path, at) : path, range, cidr(range));
    }),
  ];
}

function validateLoadBalancer(spec: Given<ServiceSpec>): readonly FieldError[] {
  const isBalancer = spec.type === 'LoadBalancer';
  const { loadBalancerClass, allocateLoadBalancerNodePorts } = spec;
  return [
    ...(allocateLoadBalancerNodePorts !== undefined && !isBalancer
      ? [forbidden('spec.allocateLoadBalancerNodePorts', BALANCERS_ONLY)]
      : []),
    ...(loadBalancerClass === undefined
      ? []
      : isBalancer
        ? invalids('spec.loadBalancerClass', loadBalancerClass, qualifiedName(loadBalancerClass))
        : [forbidden('spec.loadBalancerClass', BALANCERS_ONLY)]),
  ];
}

function validateExternalTraffic(spec: Given<ServiceSpec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const policy = spec.externalTrafficPolicy ?? '';
  const path = 'spec.externalTrafficPolicy';
  const reachable =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (!reachable) {
    if (policy !== '') errors.push(invalid(path, policy, 'may only be set for externally-accessible services'));
  } else if (policy === '') errors.push(required(path));
  else if (!TRAFFIC_POLICIES.includes(policy)) errors.push(notSupported(path, policy, TRAFFIC_POLICIES));
  // One that needs a port for this and has none gets it afterwards.
  const health = spec.healthCheckNodePort ?? 0;
  if (health === 0) return errors;
  if (hasHealthCheck(spec)) return [...errors, ...invalids('spec.healthCheckNodePort', health, portNumber(health))];
  const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
  return [...errors, invalid('spec.healthCheckNodePort', health, detail)];
}

function validateInternalTraffic({ internalTrafficPolicy, trafficDistribution, type }: Given<ServiceSpec>) {
  const errors: FieldError[] = [];
  const path = 'spec.internalTrafficPolicy';
  if (internalTrafficPolicy === undefined) {
    if (type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP') errors.push(required(path));
  } else if (!TRAFFIC_POLICIES.includes(internalTrafficPolicy)) {
    errors.push(notSupported(path, internalTrafficPolicy, TRAFFIC_POLICIES));
  }
  if (trafficDistribution !== undefined && !DISTRIBUTIONS.includes(trafficDistribution)) {
    errors.push(notSupported('spec.trafficDistribution', trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}
