import { canonicalIpv6, ipAddress } from '../syntax/ip.ts';
import type { Path } from '../validation/field.ts';
import { quoted } from '../validation/go-syntax.ts';

/** An IPv6 address (valid otherwise) can be written in many ways, of which one is for everybody. */
export function ipWarnings(value: string, path: Path): readonly string[] {
  if (!value.includes(':') || ipAddress(value).length > 0) return [];
  const canonical = canonicalIpv6(value);
  if (canonical === value) return [];
  return [`${path}: IPv6 address ${quoted(value)} should be in RFC 5952 canonical format (${quoted(canonical)})`];
}
