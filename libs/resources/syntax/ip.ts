import { BlockList, isIP, isIPv4 } from 'node:net';
import type { Faults } from './names.ts';

/** An IP address of either family, in the one way to write it that every program reads alike. */
export function ipAddress(value: string): Faults {
  const lenient = withoutLeadingZeros(value);
  if (isIP(lenient) === 0 || value.includes('%')) {
    return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  }
  if (lenient !== value) return ['must not have leading 0s'];
  return isMapped(value) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

/** A CIDR of either family, likewise. */
export function cidr(value: string): Faults {
  const fault = ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const [address = '', prefix = '', ...rest] = value.split('/');
  const lenient = withoutLeadingZeros(address);
  if (rest.length > 0 || isIP(lenient) === 0 || address.includes('%') || !/^\d+$/.test(prefix)) return fault;
  const bits = Number(prefix);
  if (bits > (isIPv4(lenient) ? 32 : 128)) return fault;
  if (lenient !== address || String(bits) !== prefix) return ['must not have leading 0s in IP or prefix length'];
  const faults = isMapped(address) ? ['must not have an IPv4-mapped IPv6 address'] : [];
  return isNetwork(address, bits) ? faults : [...faults, 'must not have bits set beyond the prefix length'];
}

/** A (valid) IPv6 address as RFC 5952 writes it. */
export function canonicalIpv6(value: string): string {
  return new URL(`http://[${value}]`).hostname.slice(1, -1);
}

/** Of the dotted numbers only: groups of IPv6 may begin with zeros. */
function withoutLeadingZeros(value: string): string {
  return value.includes('.') ? value.replaceAll(/(^|[.:])0+(?=\d+(?:\.|$))/g, '$1') : value;
}

function isMapped(address: string): boolean {
  return /^::ffff:[^:]+:[^:]+$/.test(address.includes(':') ? canonicalIpv6(address) : '');
}

/** Whether nothing of an address lies beyond the first `bits` of it. */
function isNetwork(address: string, bits: number): boolean {
  const groups = isIPv4(address) ? address.split('.').map(Number) : groupsOf(address);
  const width = isIPv4(address) ? 8 : 16;
  return groups.every((group, at) => {
    const free = Math.min(Math.max((at + 1) * width - bits, 0), width);
    return group % 2 ** free === 0;
  });
}

function groupsOf(address: string): readonly number[] {
  const [head = '', tail] = canonicalIpv6(address).split('::');
  const parts = (text: string): readonly number[] =>
    text === '' ? [] : text.split(':').map((part) => parseInt(part, 16));
  if (tail === undefined) return parts(head);
  const [first, last] = [parts(head), parts(tail)];
  return [...first, ...Array.from({ length: 8 - first.length - last.length }, () => 0), ...last];
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
