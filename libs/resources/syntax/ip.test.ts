import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalIpv6, cidr, ipAddress } from './ip.ts';

const NO_ADDRESS = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const NO_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

test.each([
  ['10.0.0.1', []],
  ['fd00::1', []],
  ['FD00:0:0::0001', []],
  ['::1.2.3.4', []],
  ['1.2.3', [NO_ADDRESS]],
  ['1.2.3.256', [NO_ADDRESS]],
  ['fe80::1%eth0', [NO_ADDRESS]],
  ['', [NO_ADDRESS]],
  ['10.0.0.01', ['must not have leading 0s']],
  ['::01.2.3.4', ['must not have leading 0s']],
  ['::ffff:1.2.3.4', ['must not be an IPv4-mapped IPv6 address']],
  ['::FFFF:102:304', ['must not be an IPv4-mapped IPv6 address']],
  ['::ffff:0:1:2', []],
])('of the address %j is said %j', (value, faults) => {
  expect(ipAddress(value)).toEqual(faults);
});

test.each([
  ['10.0.0.0/8', []],
  ['0.0.0.0/0', []],
  ['10.1.2.3/32', []],
  ['fd00::/8', []],
  ['::/0', []],
  ['10.0.0.0', [NO_CIDR]],
  ['10.0.0.0/33', [NO_CIDR]],
  ['fd00::/129', [NO_CIDR]],
  ['10.0.0.0/8/8', [NO_CIDR]],
  ['10.0.0.0/ 8', [NO_CIDR]],
  ['010.0.0.0/8', ['must not have leading 0s in IP or prefix length']],
  ['10.0.0.0/08', ['must not have leading 0s in IP or prefix length']],
  ['10.0.0.1/8', ['must not have bits set beyond the prefix length']],
  ['10.192.0.0/9', ['must not have bits set beyond the prefix length']],
  ['fd00::1/64', ['must not have bits set beyond the prefix length']],
  ['::ffff:1.2.3.0/120', ['must not have an IPv4-mapped IPv6 address']],
])('of the CIDR %j is said %j', (value, faults) => {
  expect(cidr(value)).toEqual(faults);
});

test('an IPv6 address is canonical once it was made so, however it was written', () => {
  fc.assert(
    fc.property(fc.ipV6(), (address) => {
      const canonical = canonicalIpv6(address);
      expect(canonicalIpv6(canonical)).toBe(canonical);
      expect(ipAddress(canonical)).toEqual(ipAddress(address));
      expect(cidr(`${canonical}/128`).length).toBe(ipAddress(address).length);
    }),
  );
});
