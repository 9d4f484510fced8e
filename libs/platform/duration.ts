const UNITS_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a positive time as flags have it (`60s`, `90m`, `12h`, `30d`); undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  const factor = UNITS_MS[unit];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}
