import { isIP } from 'node:net';
import type { FieldError } from '../../field-error.ts';
import type { Service } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { ipAddress } from '../../syntax/ip.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import {
  child,
  forbidden,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { validateAddressesUpdate } from './addresses.ts';
import { hasHealthCheck } from './health-check.ts';

/** What was allocated or chosen for good stays, unless the type changes. */
export function validateServiceUpdate(next: Given<Service>, previous: Given<Service>): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const errors = [...validateAddressesUpdate(now, before)];
  const stays = now.type === 'LoadBalancer' && before.type === 'LoadBalancer';
  if (stays && now.loadBalancerClass !== before.loadBalancerClass) {
    errors.push(invalid('spec.loadBalancerClass', now.loadBalancerClass, 'may not change once set'));
  }
  if (hasHealthCheck(now) && hasHealthCheck(before) && now.healthCheckNodePort !== before.healthCheckNodePort) {
    errors.push(forbidden('spec.healthCheckNodePort', 'field is immutable'));
  }
  return errors;
}

const NOT_AN_IP = 'must be a DNS name, not an IP address';

/** Where a load balancer is found, which only one that is a load balancer's says. */
export function validateServiceStatus({ status, spec }: Given<Service>): readonly FieldError[] {
  const path = 'status.loadBalancer';
  const ingress = status?.loadBalancer?.ingress ?? [];
  if (spec?.type !== 'LoadBalancer' && ingress.length > 0) {
    return [forbidden(child(path, 'ingress'), "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  return ingress.flatMap(({ ip = '', hostname = '', ipMode }, at) => {
    const here = index(child(path, 'ingress'), at);
    return [
      ...(ip === '' ? [] : invalids(child(here, 'ip'), ip, ipAddress(ip))),
      ...validateIpMode(ip, ipMode, child(here, 'ipMode')),
      ...(hostname === '' ? [] : invalids(child(here, 'hostname'), hostname, dns1123Subdomain(hostname))),
      ...(isIP(hostname) === 0 ? [] : [invalid(child(here, 'hostname'), hostname, NOT_AN_IP)]),
    ];
  });
}

const IP_MODES: readonly string[] = ['Proxy', 'VIP'];

/** How traffic to an address comes through; only an address has a mode. */
function validateIpMode(ip: string, ipMode: string | undefined, path: Path): readonly FieldError[] {
  if (ipMode === undefined) return ip === '' ? [] : [required(path, 'must be specified when `ip` is set')];
  if (ip === '') return [forbidden(path, 'may not be specified when `ip` is not set')];
  return IP_MODES.includes(ipMode) ? [] : [notSupported(path, ipMode, IP_MODES)];
}
