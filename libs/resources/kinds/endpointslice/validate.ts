import { isIPv4, isIPv6 } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import { endpointIp, ipAddress } from '../../syntax/ip.ts';
import { dns1123Label, dns1123Subdomain, type Faults } from '../../syntax/names.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
  tooMany,
} from '../../validation/field.ts';
import { validateLabels } from '../../validation/labels.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';

const ADDRESS_TYPES: readonly string[] = ['FQDN', 'IPv4', 'IPv6'];
const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const MAXIMUM_ENDPOINTS = 1000;
const MAXIMUM_ADDRESSES = 100;
const MAXIMUM_PORTS = 20_000;
const MAXIMUM_TOPOLOGY_LABELS = 16;
const MAXIMUM_HINTS = 8;

export function validateEndpointSlice(slice: Given<EndpointSlice>): readonly FieldError[] {
  const type = slice.addressType ?? '';
  const errors: FieldError[] = [];
  if (type === '') errors.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(type)) errors.push(notSupported('addressType', type, ADDRESS_TYPES));
  return [...errors, ...validateEndpoints(slice.endpoints ?? [], type), ...validatePorts(slice.ports ?? [])];
}

export function validateEndpointSliceUpdate(
  next: Given<EndpointSlice>,
  previous: Given<EndpointSlice>,
): readonly FieldError[] {
  return next.addressType === previous.addressType
    ? []
    : [invalid('addressType', next.addressType ?? '', FIELD_IMMUTABLE)];
}

function validateEndpoints(endpoints: readonly Given<Endpoint>[], type: string): readonly FieldError[] {
  if (endpoints.length > MAXIMUM_ENDPOINTS) return [tooMany('endpoints', endpoints.length, MAXIMUM_ENDPOINTS)];
  return endpoints.flatMap((endpoint, at) => validateEndpoint(endpoint, type, index('endpoints', at)));
}

function validateEndpoint(endpoint: Given<Endpoint>, type: string, path: Path): readonly FieldError[] {
  const { addresses = [] } = endpoint;
  const list = child(path, 'addresses');
  const errors: FieldError[] = [];
  if (addresses.length === 0) errors.push(required(list, 'must contain at least 1 address'));
  else if (addresses.length > MAXIMUM_ADDRESSES) errors.push(tooMany(list, addresses.length, MAXIMUM_ADDRESSES));
  for (const [at, address] of addresses.entries()) {
    errors.push(...invalids(index(list, at), address, addressFaults(address, type)));
  }
  if (endpoint.hostname !== undefined) {
    errors.push(...invalids(child(path, 'hostname'), endpoint.hostname, dns1123Label(endpoint.hostname)));
  }
  if (endpoint.nodeName !== undefined) {
    errors.push(...invalids(child(path, 'nodeName'), endpoint.nodeName, dns1123Subdomain(endpoint.nodeName)));
  }
  const topology = endpoint.deprecatedTopology ?? {};
  const here = child(path, 'deprecatedTopology');
  const count = Object.keys(topology).length;
  if (count > MAXIMUM_TOPOLOGY_LABELS) errors.push(tooMany(here, count, MAXIMUM_TOPOLOGY_LABELS));
  return [...errors, ...validateLabels(topology, here), ...validateHints(endpoint.hints, child(path, 'hints'))];
}

/** For whom an endpoint is meant: a few zones and nodes, each once. */
function validateHints(hints: Given<EndpointHints> | undefined, path: Path): readonly FieldError[] {
  return (
    [
      ['forZones', labelValue],
      ['forNodes', dns1123Subdomain],
    ] as const
  ).flatMap(([field, syntax]) => {
    const places = (hints?.[field] ?? []).map(({ name = '' }) => name);
    const list = child(path, field);
    if (places.length > MAXIMUM_HINTS) return [tooMany(list, places.length, MAXIMUM_HINTS)];
    return places.flatMap((name, at) => {
      const here = child(index(list, at), 'name');
      const again = places.indexOf(name) < at ? [duplicate(here, name)] : [];
      return [...again, ...invalids(here, name, syntax(name))];
    });
  });
}

function addressFaults(address: string, type: string): Faults {
  if (type === 'FQDN') return dns1123Subdomain(address);
  const faults = ipAddress(address);
  if (faults.length > 0) return faults;
  if (type === 'IPv4' && !isIPv4(address)) return ['must be an IPv4 address'];
  if (type === 'IPv6' && !isIPv6(address)) return ['must be an IPv6 address'];
  return endpointIp(address);
}

function validatePorts(ports: readonly Given<EndpointPort>[]): readonly FieldError[] {
  if (ports.length > MAXIMUM_PORTS) return [tooMany('ports', ports.length, MAXIMUM_PORTS)];
  const names = new Set<string>();
  return ports.flatMap((port, at) => {
    const path = index('ports', at);
    const errors: FieldError[] = [];
    const { name = '', protocol } = port;
    if (name !== '') errors.push(...invalids(child(path, 'name'), name, dns1123Label(name)));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
    if (protocol === undefined) errors.push(required(child(path, 'protocol')));
    else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
    if (port.appProtocol !== undefined) {
      errors.push(...invalids(child(path, 'appProtocol'), port.appProtocol, qualifiedName(port.appProtocol)));
    }
    return errors;
  });
}
