import { OperatingError } from '@taffrail/platform/failure';

/** The addresses and ports Services are given from. */
export interface ServiceNetwork {
  /** As it was configured, e.g. `10.96.0.0/16`. */
  readonly cidr: string;
  /** First and last address that may be given out, as numbers. */
  readonly first: number;
  readonly last: number;
  readonly firstNodePort: number;
  readonly lastNodePort: number;
}

/** Reads an IPv4 range with room for at least one Service. Throws OperatingError `protocol` for anything else. */
export function serviceNetwork(cidr: string): ServiceNetwork {
  const [address = '', bits = '', ...rest] = cidr.split('/');
  const base = parseIpv4(address);
  const prefix = /^\d{1,2}$/.test(bits) ? Number(bits) : -1;
  if (rest.length > 0 || base === undefined || prefix < 8 || prefix > 30) {
    throw new OperatingError('protocol', `service CIDR ${JSON.stringify(cidr)} is no IPv4 range between /8 and /30`);
  }
  const size = 2 ** (32 - prefix);
  const network = base - (base % size);
  return Object.freeze({
    cidr: `${formatIpv4(network)}/${prefix}`,
    // The network's own address and the broadcast address are nobody's.
    first: network + 1,
    last: network + size - 2,
    firstNodePort: 30_000,
    lastNodePort: 32_767,
  });
}

/** A dotted IPv4 address as a number; undefined when it is none. */
export function parseIpv4(text: string): number | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

export function formatIpv4(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
