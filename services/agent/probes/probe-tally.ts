import type { Probe } from '@taffrail/resources/generated/types';

/** Counts outcomes in a row: a verdict changes only when enough of the same came. */
export interface ProbeTally {
  readonly successes: number;
  readonly failures: number;
  /** The verdict in force; undefined before the first one. */
  readonly verdict: boolean | undefined;
}

export const emptyTally: ProbeTally = Object.freeze({ successes: 0, failures: 0, verdict: undefined });

export function count(tally: ProbeTally, ok: boolean, probe: Probe): ProbeTally {
  const successes = ok ? tally.successes + 1 : 0;
  const failures = ok ? 0 : tally.failures + 1;
  const reached = ok ? successes >= (probe.successThreshold ?? 1) : failures >= (probe.failureThreshold ?? 3);
  return { successes, failures, verdict: reached ? ok : tally.verdict };
}
