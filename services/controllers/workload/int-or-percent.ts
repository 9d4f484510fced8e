import type { IntOrString } from '@taffrail/resources/generated/types';

/** A number of pods from `3` or `25%` of a total; percentages round as asked. Anything else counts as 0. */
export function resolveCount(value: IntOrString | undefined, total: number, rounding: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value ?? '')?.[1];
  if (percent === undefined) return 0;
  const exact = (Number(percent) * total) / 100;
  return rounding === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
