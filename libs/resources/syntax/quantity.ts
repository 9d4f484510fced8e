import { limits } from '@taffrail/platform/limits';

/**
 * A quantity: a decimal number with an SI suffix (`100m`, `2k`), a binary suffix (`1Gi`) or an exponent (`1e3`).
 * Held exactly, as an integer number of billionths (the finest step Kubernetes keeps).
 */
export interface Quantity {
  /** The value times 10^9. */
  readonly nanos: bigint;
  readonly format: 'decimal' | 'binary' | 'exponent';
}

/** What Kubernetes says of a text that is no quantity. */
export const QUANTITY_FAULT =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const NANOS_PER_UNIT = 1_000_000_000n;
const MAXIMUM_NANOS = (2n ** 63n - 1n) * NANOS_PER_UNIT;
/** Exponents beyond this are far outside any 64-bit value. */
const MAXIMUM_EXPONENT = 40;
const DECIMAL_EXPONENTS: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY_EXPONENTS: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const PARTS = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE])([+-]?\d+)|([a-zA-Z]*))$/;

/** Quantities that were read, by their texts: a cluster has few of them, in every pod. `undefined` is what is none. */
const parsed = new Map<string, Quantity | undefined>();
const canonical = new Map<string, string>();

/** Reads a quantity; `undefined` when the text is none. Finer than a billionth rounds up, beyond 2^63 is capped. */
export function parseQuantity(text: string): Quantity | undefined {
  const known = parsed.get(text);
  if (known !== undefined || parsed.has(text)) return known;
  const quantity = readQuantity(text);
  remember(parsed, text, quantity);
  return quantity;
}

function remember<T>(known: Map<string, T>, text: string, value: T): void {
  if (text.length > limits.quantityTextCharacters) return;
  if (known.size >= limits.quantityTextsCount) known.clear();
  known.set(text, value);
}

function readQuantity(text: string): Quantity | undefined {
  const match = PARTS.exec(text);
  if (match === null) return undefined;
  const [, sign = '', number = '', exponentMark, exponentText = '0', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}` === '' ? '0' : `${whole}${fraction}`);
  const scale = scaleOf(exponentMark, exponentText, suffix);
  if (scale === undefined) return undefined;
  const scaled = scaleDigits(digits, fraction.length, scale);
  const nanos = scaled > MAXIMUM_NANOS ? MAXIMUM_NANOS : scaled;
  return { nanos: sign === '-' ? -nanos : nanos, format: scale.format };
}

interface Scale {
  readonly ten: number;
  readonly two: number;
  readonly format: Quantity['format'];
}

function scaleOf(mark: string | undefined, exponentText: string, suffix: string): Scale | undefined {
  if (mark !== undefined) {
    const exponent = Number(exponentText);
    return { ten: Math.max(-MAXIMUM_EXPONENT, Math.min(MAXIMUM_EXPONENT, exponent)), two: 0, format: 'exponent' };
  }
  const ten = DECIMAL_EXPONENTS[suffix];
  if (ten !== undefined) return { ten, two: 0, format: 'decimal' };
  const two = BINARY_EXPONENTS[suffix];
  return two === undefined ? undefined : { ten: 0, two, format: 'binary' };
}

function scaleDigits(digits: bigint, fractionDigits: number, scale: Scale): bigint {
  const power = scale.ten - fractionDigits + 9;
  const raised = digits * 2n ** BigInt(scale.two) * 10n ** BigInt(Math.max(power, 0));
  const divisor = 10n ** BigInt(Math.max(-power, 0));
  return (raised + divisor - 1n) / divisor;
}

/** The canonical text: no fraction, the largest suffix that keeps it exact (`0.5Gi` is `512Mi`). */
export function formatQuantity(quantity: Quantity): string {
  const negative = quantity.nanos < 0n;
  const nanos = negative ? -quantity.nanos : quantity.nanos;
  if (nanos === 0n) return '0';
  const binary = quantity.format === 'binary' && nanos >= 1024n * NANOS_PER_UNIT;
  const text = binary ? binaryText(ceilDivide(nanos, NANOS_PER_UNIT)) : decimalText(nanos, quantity.format);
  return negative ? `-${text}` : text;
}

function binaryText(units: bigint): string {
  let best = units.toString();
  for (const [suffix, exponent] of Object.entries(BINARY_EXPONENTS)) {
    const divisor = 2n ** BigInt(exponent);
    if (units % divisor === 0n) best = `${units / divisor}${suffix}`;
  }
  return best;
}

function decimalText(nanos: bigint, format: Quantity['format']): string {
  let mantissa = nanos;
  let exponent = -9;
  while (exponent < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'exponent') return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`;
  const suffix = Object.keys(DECIMAL_EXPONENTS).find((name) => DECIMAL_EXPONENTS[name] === exponent) ?? '';
  return `${mantissa}${suffix}`;
}

/** The canonical form of a quantity's text; `undefined` when the text is none. */
export function canonicalQuantity(text: string): string | undefined {
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const quantity = parseQuantity(text);
  if (quantity === undefined) return undefined;
  const formatted = formatQuantity(quantity);
  remember(canonical, text, formatted);
  return formatted;
}

/** Negative, zero or positive as `left` is smaller than, equal to or larger than `right`. */
export function compareQuantities(left: Quantity, right: Quantity): number {
  return left.nanos < right.nanos ? -1 : left.nanos > right.nanos ? 1 : 0;
}

/** The sum, in the format of the first. */
export function addQuantities(left: Quantity, right: Quantity): Quantity {
  return { nanos: left.nanos + right.nanos, format: left.format };
}

/** Nothing, as a quantity. */
export const ZERO_QUANTITY: Quantity = Object.freeze({ nanos: 0n, format: 'decimal' });

/** The value in thousandths, rounded up: how CPU is counted. */
export function milliValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nanos, 1_000_000n));
}

/** The value in whole units, rounded up: how bytes and counts are counted. */
export function wholeValue(quantity: Quantity): number {
  return Number(ceilDivide(quantity.nanos, NANOS_PER_UNIT));
}

function ceilDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return value > 0n && value % divisor !== 0n ? quotient + 1n : quotient;
}
