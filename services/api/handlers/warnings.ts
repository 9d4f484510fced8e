import { deprecationOf } from '@taffrail/resources/deprecations';
import type { Exchange, HeaderValues } from '../http/exchange.ts';

/** Bounds of the `Warning` headers of one answer, as Kubernetes keeps them: whole texts up to 4 KiB, then cut ones. */
const WARNINGS_BYTES = 4096;
const CUT_WARNING_CHARACTERS = 256;

/** The `Warning: 299` headers of an answer; undefined when there is nothing to warn of. */
export function warningHeaders(warnings: readonly string[]): HeaderValues | undefined {
  if (warnings.length === 0) return undefined;
  const distinct = [...new Set(warnings)];
  const whole = distinct.map(warningValue);
  if (byteLength(whole) <= WARNINGS_BYTES) return { warning: whole };
  const cut: string[] = [];
  for (const text of distinct) {
    const next = warningValue(Array.from(text).slice(0, CUT_WARNING_CHARACTERS).join(''));
    if (byteLength(cut) + Buffer.byteLength(next) > WARNINGS_BYTES) break;
    cut.push(next);
  }
  return { warning: cut };
}

/** Has every answer to whoever uses a deprecated version of a kind say so, refusals as well. */
export function warnOfDeprecation(exchange: Exchange, kind: Parameters<typeof deprecationOf>[0]): void {
  const text = deprecationOf(kind);
  if (text !== undefined) exchange.warn(warningValue(text));
}

/** One `Warning` header. */
function warningValue(text: string): string {
  return `299 - ${quoted(text)}`;
}

/** A quoted-string of RFC 9110: controls are left out, what is not ASCII is escaped as `\u`. */
function quoted(text: string): string {
  let out = '"';
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x20 || unit === 0x7f) continue;
    if (unit > 0x7e) out += `\\\\u${unit.toString(16).padStart(4, '0')}`;
    else if (unit === 0x22 || unit === 0x5c) out += `\\${text[index]}`;
    else out += text[index];
  }
  return `${out}"`;
}

function byteLength(values: readonly string[]): number {
  return values.reduce((sum, value) => sum + Buffer.byteLength(value), 0);
}
