import type { FieldError } from '../../field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidr, endpointIp, ipAddress } from '../../syntax/ip.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber } from '../../syntax/names.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { validateLabels } from '../../validation/labels.ts';
import { validateAddresses } from './addresses.ts';

const SPEC: Path = 'spec';
const TYPES: readonly string[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES: readonly string[] = ['ClientIP', 'None'];
const TRAFFIC_POLICIES: readonly string[] = ['Cluster', 'Local'];
const DISTRIBUTIONS: readonly string[] = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];
const KUBELET_PORT = 10_250;
const MAXIMUM_AFFINITY_SECONDS = 86_400;

export function validateService(service: Given<Service>): readonly FieldError[] {
  const { spec = {} } = service;
  return [
    ...validateType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, child(SPEC, 'selector')),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...validateExternal(spec),
    ...validateTrafficPolicies(spec),
  ];
}

function validateType(spec: Given<ServiceSpec>): readonly FieldError[] {
  const type = spec.type ?? '';
  if (type === '') return [required(child(SPEC, 'type'))];
  if (!TYPES.includes(type)) return [notSupported(child(SPEC, 'type'), type, TYPES)];
  if (type !== 'ExternalName') return [];
  const errors: FieldError[] = [];
  const { externalName = '', clusterIP = '', clusterIPs = [] } = spec;
  if (clusterIP !== '')
    errors.push(forbidden(child(SPEC, 'clusterIP'), "may not be set when `type` is 'ExternalName'"));
  else if (clusterIPs.length > 0) {
    errors.push(forbidden(child(SPEC, 'clusterIPs'), "may not be set when `type` is 'ExternalName'"));
  }
  for (const field of ['ipFamilies', 'ipFamilyPolicy'] as const) {
    if ((spec[field] ?? []).length > 0) {
      errors.push(forbidden(child(SPEC, field), "may not be set when `type` is 'ExternalName'"));
    }
  }
  const name = externalName.endsWith('.') ? externalName.slice(0, -1) : externalName;
  if (name === '') errors.push(required(child(SPEC, 'externalName')));
  else errors.push(...invalids(child(SPEC, 'externalName'), externalName, dns1123Subdomain(name)));
  return errors;
}

function validatePorts(spec: Given<ServiceSpec>): readonly FieldError[] {
  const { ports = [], type = '' } = spec;
  const path = child(SPEC, 'ports');
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0) return headless || type === 'ExternalName' ? [] : [required(path)];
  const names = new Set<string>();
  const errors = ports.flatMap((port, at) => [
    ...validatePort(port, ports.length > 1, names, index(path, at)),
    ...validateNodePort(port, type, index(path, at)),
    ...(type === 'LoadBalancer' && port.port === KUBELET_PORT
      ? [
          invalid(
            index(path, at),
            KUBELET_PORT,
            `may not expose port ${KUBELET_PORT} externally since it is used by kubelet`,
          ),
        ]
      : []),
  ]);
  return [...errors, ...duplicatePorts(ports, path), ...duplicateNodePorts(ports, path)];
}

function validatePort(port: Given<ServicePort>, needsName: boolean, names: Set<string>, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', protocol = '', port: number = 0, targetPort = 0, appProtocol } = port;
  if (needsName && name === '') errors.push(required(child(path, 'name')));
  else if (name !== '') {
    errors.push(...invalids(child(path, 'name'), name, dns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
  }
  errors.push(...invalids(child(path, 'port'), number, portNumber(number)));
  if (protocol === '') errors.push(required(child(path, 'protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  const target = child(path, 'targetPort');
  if (typeof targetPort === 'number') errors.push(...invalids(target, targetPort, portNumber(targetPort)));
  else errors.push(...invalids(target, targetPort, portName(targetPort)));
  if (appProtocol !== undefined)
    errors.push(...invalids(child(path, 'appProtocol'), appProtocol, qualifiedName(appProtocol)));
  return errors;
}

function validateNodePort(port: Given<ServicePort>, type: string, path: Path): readonly FieldError[] {
  if ((port.nodePort ?? 0) === 0 || type === 'NodePort' || type === 'LoadBalancer') return [];
  return [forbidden(child(path, 'nodePort'), `may not be used when \`type\` is '${type}'`)];
}

function duplicatePorts(ports: readonly Given<ServicePort>[], path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, at) => {
    const identity = `${port.protocol ?? ''}/${port.port ?? 0}`;
    if (seen.has(identity)) {
      const shown = `core.ServicePort{Name:"", Protocol:${quoted(port.protocol ?? '')}, AppProtocol:(*string)(nil), Port:${port.port ?? 0}, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}`;
      return [duplicate(index(path, at), { goSyntax: shown })];
    }
    seen.add(identity);
    return [];
  });
}

function duplicateNodePorts(ports: readonly Given<ServicePort>[], path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return ports.flatMap((port, at) => {
    if ((port.nodePort ?? 0) === 0) return [];
    const identity = `${port.protocol ?? ''}/${port.nodePort ?? 0}`;
    if (seen.has(identity)) return [duplicate(child(index(path, at), 'nodePort'), port.nodePort)];
    seen.add(identity);
    return [];
  });
}

function validateAffinity(spec: Given<ServiceSpec>): readonly FieldError[] {
  const affinity = spec.sessionAffinity ?? '';
  const path = child(SPEC, 'sessionAffinity');
  if (affinity === '') return [required(path)];
  if (!AFFINITIES.includes(affinity)) return [notSupported(path, affinity, AFFINITIES)];
  const config = child(SPEC, 'sessionAffinityConfig');
  if (affinity === 'None') {
    const detail = 'must not be set when session affinity is None';
    return spec.sessionAffinityConfig === undefined ? [] : [forbidden(config, detail)];
  }
  const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
  const timeout = child(config, 'clientIP', 'timeoutSeconds');
  if (seconds === undefined) return [required(timeout, 'must be set when session affinity is ClientIP')];
  const detail = `must be greater than 0 and less than ${MAXIMUM_AFFINITY_SECONDS}`;
  return seconds > 0 && seconds <= MAXIMUM_AFFINITY_SECONDS ? [] : [invalid(timeout, seconds, detail)];
}

function validateExternal(spec: Given<ServiceSpec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const [at, address] of (spec.externalIPs ?? []).entries()) {
    const faults = ipAddress(address);
    const path = index(child(SPEC, 'externalIPs'), at);
    errors.push(...invalids(path, address, faults.length > 0 ? faults : endpointIp(address)));
  }
  const ranges = child(SPEC, 'LoadBalancerSourceRanges');
  for (const [at, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    errors.push(...invalids(index(ranges, at), range, cidr(range.trim())));
  }
  if ((spec.loadBalancerSourceRanges ?? []).length > 0 && spec.type !== 'LoadBalancer') {
    errors.push(forbidden(ranges, "may only be used when `type` is 'LoadBalancer'"));
  }
  if (spec.loadBalancerClass !== undefined) {
    const path = child(SPEC, 'loadBalancerClass');
    if (spec.type !== 'LoadBalancer') errors.push(forbidden(path, "may only be used when `type` is 'LoadBalancer'"));
    else errors.push(...invalids(path, spec.loadBalancerClass, qualifiedName(spec.loadBalancerClass)));
  }
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer') {
    const path = child(SPEC, 'allocateLoadBalancerNodePorts');
    errors.push(forbidden(path, "may only be used when `type` is 'LoadBalancer'"));
  }
  return errors;
}

function validateTrafficPolicies(spec: Given<ServiceSpec>): readonly FieldError[] {
  const errors: FieldError[] = [];
  const external = spec.externalTrafficPolicy ?? '';
  const path = child(SPEC, 'externalTrafficPolicy');
  const reachable =
    spec.type === 'NodePort' ||
    spec.type === 'LoadBalancer' ||
    (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);
  if (!reachable && external !== '') {
    errors.push(invalid(path, external, 'may only be set for externally-accessible services'));
  }
  if (reachable && external === '') errors.push(required(path));
  else if (external !== '' && !TRAFFIC_POLICIES.includes(external)) {
    errors.push(notSupported(path, external, TRAFFIC_POLICIES));
  }
  const internal = spec.internalTrafficPolicy ?? '';
  if (internal !== '' && !TRAFFIC_POLICIES.includes(internal)) {
    errors.push(notSupported(child(SPEC, 'internalTrafficPolicy'), internal, TRAFFIC_POLICIES));
  }
  const health = spec.healthCheckNodePort ?? 0;
  const healthPath = child(SPEC, 'healthCheckNodePort');
  if (health < 0 || health > 65_535) errors.push(invalid(healthPath, health, rangeFault(1, 65_535)));
  else if (health > 0 && !(spec.type === 'LoadBalancer' && external === 'Local')) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    errors.push(invalid(healthPath, health, detail));
  }
  if (spec.trafficDistribution !== undefined && !DISTRIBUTIONS.includes(spec.trafficDistribution)) {
    errors.push(notSupported(child(SPEC, 'trafficDistribution'), spec.trafficDistribution, DISTRIBUTIONS));
  }
  return errors;
}
