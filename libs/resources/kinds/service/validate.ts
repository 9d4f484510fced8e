import type { FieldError } from '../../field-error.ts';
import type { Service, ServicePort, ServiceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { endpointIp, ipAddress } from '../../syntax/ip.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain, portName, portNumber } from '../../syntax/names.ts';
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalids,
  key,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { validateLabels } from '../../validation/labels.ts';
import { isHeadless, validateAddresses } from './addresses.ts';
import { validateReach } from './validate-reach.ts';

const SPEC: Path = 'spec';
const TYPES: readonly string[] = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const AFFINITIES: readonly string[] = ['ClientIP', 'None'];
const MAXIMUM_AFFINITY_SECONDS = 86_400;

/** In the order Kubernetes tells it. */
export function validateService(service: Given<Service>): readonly FieldError[] {
  const { spec = {} } = service;
  return [
    ...validateTopologyMode(service),
    ...validateForType(spec),
    ...validatePorts(spec),
    ...validateLabels(spec.selector, child(SPEC, 'selector')),
    ...validateAffinity(spec),
    ...validateAddresses(spec),
    ...validateExternalIps(spec),
    ...validateType(spec),
    ...validateNodePorts(spec),
    ...duplicatePorts(spec.ports ?? [], child(SPEC, 'ports')),
    ...validateReach(service),
  ];
}

const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';

/** Two names of one annotation that say different things. */
function validateTopologyMode({ metadata }: Given<Service>): readonly FieldError[] {
  const mode = metadata?.annotations?.[TOPOLOGY_MODE];
  const hints = metadata?.annotations?.[TOPOLOGY_HINTS];
  if (mode === undefined || hints === undefined || mode === hints) return [];
  const detail = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(key('metadata.annotations', TOPOLOGY_MODE), mode, detail)];
}

/** What a type needs and what it cannot have. */
function validateForType(spec: Given<ServiceSpec>): readonly FieldError[] {
  const { type = '', ports = [] } = spec;
  const errors: FieldError[] = [];
  const headless = isHeadless(spec);
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(required(child(SPEC, 'ports')));
  if (headless && (type === 'LoadBalancer' || type === 'NodePort')) {
    errors.push(invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  }
  if (type !== 'ExternalName') return errors;
  for (const field of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'] as const) {
    if ((spec[field] ?? []).length === 0) continue;
    errors.push(forbidden(child(SPEC, field), 'may not be set for ExternalName services'));
  }
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  const path = child(SPEC, 'externalName');
  return [...errors, ...(name === '' ? [required(path)] : invalids(path, name, dns1123Subdomain(name)))];
}

function validatePorts({ ports = [] }: Given<ServiceSpec>): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, at) => validatePort(port, ports.length > 1, names, index(child(SPEC, 'ports'), at)));
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
  if (seconds === undefined) return [required(timeout, 'when session affinity type is ClientIP')];
  const detail = `must be greater than 0 and less than ${MAXIMUM_AFFINITY_SECONDS}`;
  return seconds > 0 && seconds <= MAXIMUM_AFFINITY_SECONDS ? [] : [invalid(timeout, seconds, detail)];
}

function validateExternalIps({ externalIPs = [] }: Given<ServiceSpec>): readonly FieldError[] {
  return externalIPs.flatMap((address, at) => {
    const faults = ipAddress(address);
    return invalids(index('spec.externalIPs', at), address, faults.length > 0 ? faults : endpointIp(address));
  });
}

function validateType({ type = '' }: Given<ServiceSpec>): readonly FieldError[] {
  if (type === '') return [required(child(SPEC, 'type'))];
  return TYPES.includes(type) ? [] : [notSupported(child(SPEC, 'type'), type, TYPES)];
}

/** A type without node ports has none, and no two ports of one protocol have the same. */
function validateNodePorts({ type, ports = [] }: Given<ServiceSpec>): readonly FieldError[] {
  const field = (at: number): Path => child(index(child(SPEC, 'ports'), at), 'nodePort');
  const errors = ports.flatMap(({ nodePort = 0 }, at) =>
    type === 'ClusterIP' && nodePort !== 0 ? [forbidden(field(at), "may not be used when `type` is 'ClusterIP'")] : [],
  );
  const seen = new Set<string>();
  for (const [at, { nodePort = 0, protocol = '' }] of ports.entries()) {
    if (nodePort === 0) continue;
    const identity = `${protocol}/${nodePort}`;
    if (seen.has(identity)) errors.push(duplicate(field(at), nodePort));
    seen.add(identity);
  }
  return errors;
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
