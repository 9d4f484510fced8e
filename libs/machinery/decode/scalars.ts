import { parseRfc3339, rfc3339Micros, rfc3339Seconds } from '@taffrail/platform/clock';

/** A scalar in its canonical form, or why it is none. */
export type ScalarResult = { readonly text: string; readonly fault?: never } | { readonly fault: string };

/** Base64 as Go reads it: padded, line breaks ignored. */
export function canonicalBase64(given: string): ScalarResult {
  const text = given.replaceAll(/[\r\n]/g, '');
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    return { fault: `illegal base64 data at input byte ${firstIllegal(given)}` };
  }
  // Bits behind the last byte are dropped, as by decoding and encoding again.
  return { text: text.endsWith('=') ? Buffer.from(text, 'base64').toString('base64') : text };
}

/** Where Go's decoder stops: at a character it does not know, or at the start of a group that is cut short. */
function firstIllegal(text: string): number {
  let groupStart = 0;
  let inGroup = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '\r' || character === '\n') continue;
    if (inGroup === 0) groupStart = i;
    if (!/[A-Za-z0-9+/]/.test(character)) return i;
    inGroup = (inGroup + 1) % 4;
  }
  return groupStart;
}

/** A `metav1.Time`: any RFC 3339, kept in UTC with whole seconds. */
export function canonicalTime(given: string): ScalarResult {
  const epochMs = parseRfc3339(given);
  if (epochMs === undefined) return notTime(given, '2006-01-02T15:04:05Z07:00');
  return { text: rfc3339Seconds(epochMs) };
}

/** A `metav1.MicroTime`: any RFC 3339, kept in UTC with six decimals. */
export function canonicalMicroTime(given: string): ScalarResult {
  const epochMs = parseRfc3339(given);
  if (epochMs === undefined) return notTime(given, '2006-01-02T15:04:05.000000Z07:00');
  // The clock's milliseconds lose the last three digits; they stand in the text.
  const micros = /\.(\d+)/.exec(given)?.[1]?.padEnd(6, '0').slice(3, 6) ?? '000';
  return { text: `${rfc3339Micros(epochMs).slice(0, 23)}${micros}Z` };
}

function notTime(given: string, layout: string): ScalarResult {
  const shown = JSON.stringify(given);
  return { fault: `parsing time ${shown} as ${JSON.stringify(layout)}: cannot parse ${shown} as "2006"` };
}
