import type { Random } from '@taffrail/platform/random';

/** A range of numbers to give out, of which the lower part is kept for those who ask for a certain one. */
export interface Range {
  readonly first: number;
  readonly last: number;
  /** How many at the beginning are only taken when the rest is used up. */
  readonly reserved: number;
}

/**
 * A free number of the range: from a random start upwards through the upper part, then through the reserved one.
 * Undefined when all are taken.
 */
export function pickFree(range: Range, taken: (value: number) => boolean, random: Random): number | undefined {
  const { first, last } = range;
  const upper = Math.min(first + range.reserved, last + 1);
  return scan(upper, last, taken, random) ?? scan(first, upper - 1, taken, random);
}

function scan(first: number, last: number, taken: (value: number) => boolean, random: Random): number | undefined {
  const size = last - first + 1;
  if (size <= 0) return undefined;
  const start = Math.floor(random.next() * size);
  for (let step = 0; step < size; step++) {
    const value = first + ((start + step) % size);
    if (!taken(value)) return value;
  }
  return undefined;
}

/** How much of a range Kubernetes reserves: a part of it, within bounds. */
export function reservedOf(size: number, part: number, minimum: number, maximum: number): number {
  if (size <= minimum) return 0;
  return Math.min(Math.max(minimum, Math.floor(size / part)), maximum);
}
