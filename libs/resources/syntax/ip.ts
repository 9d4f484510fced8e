import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Faults } from './names.ts';

/** An IP address of either family; octets with leading zeros are not accepted. */
export function ipAddress(value: string): Faults {
  return isIP(value) === 0 || value.includes('%')
    ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)']
    : [];
}

/** A CIDR of either family. */
export function cidr(value: string): Faults {
  const fault = ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const [address = '', prefix = '', ...rest] = value.split('/');
  if (rest.length > 0 || ipAddress(address).length > 0 || !/^\d{1,3}$/.test(prefix)) return fault;
  return Number(prefix) <= (isIPv4(address) ? 32 : 128) ? [] : fault;
}

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
const linkLocalMulticast = new BlockList();
linkLocalMulticast.addSubnet('224.0.0.0', 24, 'ipv4');
linkLocalMulticast.addSubnet('ff02::', 16, 'ipv6');
const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** What an endpoint's (valid) address may not be: unspecified, loopback, link-local or link-local multicast. */
export function endpointIp(value: string): Faults {
  const family = isIPv4(value) ? 'ipv4' : 'ipv6';
  if (value === '0.0.0.0' || value === '::') return [`may not be unspecified (${value})`];
  if (loopback.check(value, family)) return ['may not be in the loopback range (127.0.0.0/8, ::1/128)'];
  if (linkLocal.check(value, family)) return ['may not be in the link-local range (169.254.0.0/16, fe80::/10)'];
  if (linkLocalMulticast.check(value, family)) {
    return ['may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)'];
  }
  return [];
}

/** Whether a (valid) CIDR lies within another and is smaller. */
export function isStrictSubset(inner: string, outer: string): boolean {
  const [innerAddress = '', innerBits = ''] = inner.split('/');
  const [outerAddress = '', outerBits = ''] = outer.split('/');
  const family = isIPv4(outerAddress) ? 'ipv4' : 'ipv6';
  if ((isIPv4(innerAddress) ? 'ipv4' : 'ipv6') !== family || Number(innerBits) <= Number(outerBits)) return false;
  const block = new BlockList();
  block.addSubnet(outerAddress, Number(outerBits), family);
  return block.check(innerAddress, family);
}
