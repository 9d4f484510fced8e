const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A validated quantity as a number; 0 for an absent one. Exact up to 2^53. */
export function quantity(text: string | undefined): number {
  const match = /^([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkKMGTPE]i?))?$/.exec(text ?? '');
  if (match === null) return 0;
  const [, digits = '0', exponent, suffix = ''] = match;
  return Number(digits) * (exponent === undefined ? (SUFFIXES[suffix] ?? 1) : 10 ** Number(exponent));
}

/** Rounded up against floating-point dust: 0.1 cores are 100 and not 101 millicores. */
const ceil = (value: number): number => Math.ceil(Number(value.toPrecision(15)));

export const milliCores = (text: string | undefined): number => ceil(quantity(text) * 1000);
export const bytes = (text: string | undefined): number => ceil(quantity(text));

/** `quantity / divisor`, rounded up, as the downward API shows a resource. */
export function divided(text: string | undefined, divisor: string | undefined): string {
  const by = quantity(divisor);
  return String(ceil(quantity(text) / (by === 0 ? 1 : by)));
}
