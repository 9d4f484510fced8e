import { isIPv4 } from 'node:net';

/**
 * The IPv4 address pods find this API server at: what it is told to advertise, else what it listens on, for all addresses
 * this machine's own. Undefined where that is loopback only: nobody else gets there, and Endpoints may not say it.
 */
export function advertisedAddress(
  flags: { readonly advertiseAddress?: string; readonly bindAddress: string },
  ownAddress: () => string,
): string | undefined {
  const { advertiseAddress, bindAddress } = flags;
  const listensEverywhere = bindAddress === '0.0.0.0' || bindAddress === '::';
  const address = advertiseAddress ?? (listensEverywhere ? ownAddress() : bindAddress);
  return isIPv4(address) && !isLoopback(address) ? address : undefined;
}

/** Whether only this machine itself reaches an IPv4 address. */
export function isLoopback(address: string): boolean {
  return address.startsWith('127.');
}
