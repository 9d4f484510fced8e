import { isIPv6 } from 'node:net';
import { quoted } from '../validation/go-syntax.ts';
import { canonicalIpv6 } from './ip.ts';

/** What is warned of in a (valid) address that is written otherwise than it should be. */
export function ipWarnings(path: string, value: string): readonly string[] {
  if (!isIPv6(value)) return [];
  const canonical = canonicalIpv6(value);
  const mapped = mappedIpv4(canonical);
  if (mapped !== undefined) return [nonStandard(path, 'IP address', value, mapped)];
  if (canonical === value) return [];
  return [`${path}: IPv6 address ${quoted(value)} should be in RFC 5952 canonical format (${quoted(canonical)})`];
}

/** What is warned of in a (valid) range: bits behind its prefix, and a form that is not the usual one. */
export function cidrWarnings(path: string, value: string): readonly string[] {
  const [address = '', bits = ''] = value.split('/');
  const isV6 = isIPv6(address);
  const canonical = isV6 ? canonicalIpv6(address) : address;
  const network = masked(canonical, Number(bits));
  const range = `${network}/${Number(bits)}`;
  const warnings: string[] = [];
  if (network !== canonical) {
    const single = `${canonical}/${isV6 ? 128 : 32}`;
    const choice = `should be ${quoted(range)} or ${quoted(single)}?`;
    warnings.push(`${path}: CIDR value ${quoted(value)} is ambiguous in this context (${choice})`);
  }
  const mapped = isV6 ? mappedIpv4(network) : undefined;
  if (mapped !== undefined) warnings.push(nonStandard(path, 'CIDR value', value, `${mapped}/${Number(bits) - 96}`));
  if (warnings.length === 0 && isV6 && range !== value) {
    warnings.push(
      `${path}: IPv6 CIDR value ${quoted(value)} should be in RFC 5952 canonical format (${quoted(range)})`,
    );
  }
  return warnings;
}

function nonStandard(path: string, what: string, value: string, better: string): string {
  const future = 'will be considered invalid in a future Kubernetes release';
  return `${path}: non-standard ${what} ${quoted(value)} ${future}: use ${quoted(better)}`;
}

function mappedIpv4(canonical: string): string | undefined {
  const groups = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical)?.slice(1);
  return groups?.flatMap((group) => groupsOf(group)).join('.');
}

/** An address without the bits behind the first `bits`. */
function masked(address: string, bits: number): string {
  const bytes = bytesOf(address).map((byte, at) => {
    const kept = Math.min(Math.max(bits - at * 8, 0), 8);
    return byte & (0xff << (8 - kept));
  });
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at] ?? 0) * 256 + (bytes[2 * at + 1] ?? 0)).toString(16),
  );
  return canonicalIpv6(groups.join(':'));
}

function bytesOf(address: string): readonly number[] {
  if (!address.includes(':')) return address.split('.').map(Number);
  const [head = '', tail = ''] = address.split('::', 2);
  const before = groupsOf(head);
  const after = groupsOf(tail);
  return [...before, ...Array.from({ length: 16 - before.length - after.length }, () => 0), ...after];
}

function groupsOf(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number);
    const value = Number.parseInt(group, 16);
    return [Math.floor(value / 256), value % 256];
  });
}
