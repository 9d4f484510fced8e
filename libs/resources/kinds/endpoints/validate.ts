import type { FieldError } from '../../field-error.ts';
import type { CoreEndpointPort, EndpointAddress, Endpoints, EndpointSubset } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { endpointIp, ipAddress } from '../../syntax/ip.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain, portNumber } from '../../syntax/names.ts';
import { child, index, invalids, notSupported, type Path, required } from '../../validation/field.ts';

const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];

export function validateEndpoints(endpoints: Given<Endpoints>): readonly FieldError[] {
  return (endpoints.subsets ?? []).flatMap((subset, at) => validateSubset(subset, index('subsets', at)));
}

function validateSubset(subset: Given<EndpointSubset>, path: Path): readonly FieldError[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const errors: FieldError[] = [];
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  for (const [at, one] of addresses.entries())
    errors.push(...validateAddress(one, index(child(path, 'addresses'), at)));
  for (const [at, one] of notReadyAddresses.entries()) {
    errors.push(...validateAddress(one, index(child(path, 'notReadyAddresses'), at)));
  }
  for (const [at, port] of ports.entries()) {
    errors.push(...validatePort(port, ports.length > 1, index(child(path, 'ports'), at)));
  }
  return errors;
}

function validateAddress(address: Given<EndpointAddress>, path: Path): readonly FieldError[] {
  const ip = address.ip ?? '';
  const faults = ipAddress(ip);
  return [
    ...invalids(child(path, 'ip'), ip, faults),
    ...((address.hostname ?? '') === ''
      ? []
      : invalids(child(path, 'hostname'), address.hostname, dns1123Label(address.hostname ?? ''))),
    ...(address.nodeName === undefined
      ? []
      : invalids(child(path, 'nodeName'), address.nodeName, dns1123Subdomain(address.nodeName))),
    ...invalids(child(path, 'ip'), ip, faults.length > 0 ? ['must be a valid IP address'] : endpointIp(ip)),
  ];
}

function validatePort(port: Given<CoreEndpointPort>, needsName: boolean, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const name = port.name ?? '';
  if (name === '') errors.push(...(needsName ? [required(child(path, 'name'))] : []));
  else errors.push(...invalids(child(path, 'name'), name, dns1123Label(name)));
  errors.push(...invalids(child(path, 'port'), port.port ?? 0, portNumber(port.port ?? 0)));
  const protocol = port.protocol ?? '';
  if (protocol === '') errors.push(required(child(path, 'protocol')));
  else if (!PROTOCOLS.includes(protocol)) errors.push(notSupported(child(path, 'protocol'), protocol, PROTOCOLS));
  const { appProtocol } = port;
  if (appProtocol !== undefined) {
    errors.push(...invalids(child(path, 'appProtocol'), appProtocol, qualifiedName(appProtocol)));
  }
  return errors;
}
