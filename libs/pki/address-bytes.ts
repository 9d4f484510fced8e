import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as 4 or 16 bytes; undefined for a text that is none. */
export function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [head = '', tail] = text.split('::');
  const before = groups(head);
  if (tail === undefined) return Buffer.from(before);
  const after = groups(tail);
  return Buffer.from([...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after]);
}

/** Bytes of `1:ab:…`, whose last part may be an IPv4 address. */
function groups(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((part) => {
    if (part.includes('.')) return part.split('.').map(Number);
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
}

/** The first address of an IPv4 or IPv6 range after its network address: what the `kubernetes` Service gets. */
export function firstAddress(cidr: string): string | undefined {
  const [network = ''] = cidr.split('/');
  const bytes = addressBytes(network);
  if (bytes === undefined) return undefined;
  for (let i = bytes.length - 1; i >= 0; i--) {
    const next = ((bytes[i] ?? 0) + 1) & 0xff;
    bytes[i] = next;
    if (next !== 0) break;
  }
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16));
  // The URL parser writes an IPv6 address in its canonical form.
  return new URL(`http://[${words.join(':')}]`).hostname.slice(1, -1);
}
