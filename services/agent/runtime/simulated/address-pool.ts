import { assert } from '@taffrail/platform/assert';
import { RuntimeFailure } from '../port.ts';

export interface AddressPool {
  /** The next free address; throws RuntimeFailure when none is left. */
  take(): string;
  free(address: string): void;
}

/** IPv4 addresses of a CIDR, without its network, gateway (first host) and broadcast address. */
export function addressPool(cidr: string): AddressPool {
  const [base = '', bits = ''] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const start = base.split('.').reduce((value, part) => value * 256 + Number(part), 0);
  assert(Number.isSafeInteger(start) && size >= 4, `not a usable IPv4 range: ${cidr}`);
  const taken = new Set<number>();
  let next = 2;
  const text = (offset: number): string => {
    const value = start + offset;
    return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
  };
  return {
    take() {
      for (let tried = 0; tried < size - 3; tried++) {
        const offset = next;
        next = next + 1 >= size - 1 ? 2 : next + 1;
        if (taken.has(offset)) continue;
        taken.add(offset);
        return text(offset);
      }
      throw new RuntimeFailure('other', `no address is left in ${cidr}`);
    },
    free(address) {
      const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
      taken.delete(value - start);
    },
  };
}
