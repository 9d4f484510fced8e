import { BlockList, isIPv4 } from 'node:net';
import type { View } from '@taffrail/controller/controller';
import type { ServiceCIDR } from '@taffrail/resources/generated/types';
import { SERVICE_CIDRS } from '../resource-names.ts';

/** Whether a CIDR holds an address that may be given out: not the range's own nor, for IPv4, its broadcast address. */
export function holdsAddress(cidr: string, address: string): boolean {
  return isWithin(cidr, address) && !isEdge(cidr, address);
}

/** Whether a CIDR holds all of another; equal ones hold each other. */
export function holdsRange(outer: string, inner: string): boolean {
  const [address = '', bits = ''] = inner.split('/');
  return Number(outer.split('/')[1]) <= Number(bits) && isWithin(outer, address);
}

/** The ServiceCIDRs that hold an address. */
export function rangesOf(view: View, address: string): readonly ServiceCIDR[] {
  return view
    .list<ServiceCIDR>(SERVICE_CIDRS)
    .filter((range) => cidrsOf(range).some((cidr) => holdsAddress(cidr, address)));
}

export function cidrsOf({ spec }: ServiceCIDR): readonly string[] {
  return spec?.cidrs ?? [];
}

function isWithin(cidr: string, address: string): boolean {
  const [base = '', bits = ''] = cidr.split('/');
  const family = isIPv4(base) ? 'ipv4' : 'ipv6';
  if ((isIPv4(address) ? 'ipv4' : 'ipv6') !== family) return false;
  const block = new BlockList();
  block.addSubnet(base, Number(bits), family);
  return block.check(address, family);
}

/** Whether an address within a range stands at an end of it that is nobody's. */
function isEdge(cidr: string, address: string): boolean {
  const [base = '', bits = ''] = cidr.split('/');
  if (!isIPv4(base)) return address === base;
  const size = 2 ** (32 - Number(bits));
  const place = numberOf(address) % size;
  return place === 0 || place === size - 1;
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
