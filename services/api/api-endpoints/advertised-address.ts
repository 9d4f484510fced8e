import { isIPv4 } from 'node:net';

/**
 * The IPv4 address pods find this API server at: what it is told to advertise, else what it listens on. For all addresses, and for
 * loopback, which Endpoints may not say, it is this machine's own, as in Kubernetes: the Service of the API servers has endpoints
 * in every cluster, though on loopback nobody gets through. Undefined where the machine has no other address.
 */
export function advertisedAddress(
  flags: { readonly advertiseAddress?: string; readonly bindAddress: string },
  ownAddress: () => string,
): string | undefined {
  const { advertiseAddress, bindAddress } = flags;
  const isOwn = isIPv4(bindAddress) && bindAddress !== '0.0.0.0' && !isLoopback(bindAddress);
  const address = advertiseAddress ?? (isOwn ? bindAddress : ownAddress());
  return isIPv4(address) && !isLoopback(address) ? address : undefined;
}

/** Whether only this machine itself reaches an IPv4 address. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}
