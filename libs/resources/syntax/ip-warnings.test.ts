import { expect, test } from 'vitest';
import { cidrWarnings, ipWarnings } from './ip-warnings.ts';

const FUTURE = 'will be considered invalid in a future Kubernetes release';

test.each([
  ['10.0.0.1', []],
  ['2001:db8::1', []],
  ['2001:DB8:0::1', ['p: IPv6 address "2001:DB8:0::1" should be in RFC 5952 canonical format ("2001:db8::1")']],
  ['::ffff:1.2.3.4', [`p: non-standard IP address "::ffff:1.2.3.4" ${FUTURE}: use "1.2.3.4"`]],
])('the address %s', (value, warnings) => {
  expect(ipWarnings('p', value)).toEqual(warnings);
});

const ambiguous = (value: string, range: string, single: string): string =>
  `p: CIDR value "${value}" is ambiguous in this context (should be "${range}" or "${single}"?)`;

test.each([
  ['10.0.0.0/8', []],
  ['10.1.2.3/20', [ambiguous('10.1.2.3/20', '10.1.0.0/20', '10.1.2.3/32')]],
  ['10.1.2.3/0', [ambiguous('10.1.2.3/0', '0.0.0.0/0', '10.1.2.3/32')]],
  ['2001:db8::/64', []],
  ['2001:db8::1/64', [ambiguous('2001:db8::1/64', '2001:db8::/64', '2001:db8::1/128')]],
  ['2001:DB8::/64', ['p: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")']],
  ['::ffff:10.0.0.0/104', [`p: non-standard CIDR value "::ffff:10.0.0.0/104" ${FUTURE}: use "10.0.0.0/8"`]],
])('the range %s', (value, warnings) => {
  expect(cidrWarnings('p', value)).toEqual(warnings);
});
